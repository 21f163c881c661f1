#include <loadgen/report/canvas.hpp>
#include <loadgen/report/chart.hpp>
#include <loadgen/report/markup.hpp>

#include <map>

namespace station::report {
namespace {

using Row = std::vector<std::string>;

std::string table(const Row& head, const std::vector<Row>& rows) {
    std::string header;
    for (const std::string& cell : head) header += tag("th", {{"scope", "col"}}, escape(cell));
    std::string body;
    for (const Row& row : rows) {
        std::string cells;
        for (std::size_t i = 0; i < row.size(); ++i) {
            cells += i == 0 ? tag("th", {{"scope", "row"}}, escape(row[i])) : tag("td", {}, escape(row[i]));
        }
        body += tag("tr", {}, cells) + '\n';
    }
    return tag("table", {}, tag("thead", {}, tag("tr", {}, header)) + tag("tbody", {}, body));
}

std::string tabulate(const LineChart& chart) {
    Row head{axis_title(chart.x)};
    std::map<double, Row> rows;
    for (const Series& series : chart.series) {
        for (const Point& point : series.points) rows.try_emplace(point.x, chart.series.size(), "–");
    }
    for (std::size_t i = 0; i < chart.series.size(); ++i) {
        const std::string unit = chart.y.unit.empty() ? "" : ", " + chart.y.unit;
        head.push_back(chart.series[i].label + unit);
        for (const Point& point : chart.series[i].points) rows[point.x][i] = format_number(point.y);
    }
    std::vector<Row> body;
    for (auto& [x, cells] : rows) {
        cells.insert(cells.begin(), format_number(x));
        body.push_back(std::move(cells));
    }
    return table(head, body);
}

std::string tabulate(const BarChart& chart) {
    Row head{""};
    bool any_expected = false;
    for (const auto& part : chart.parts) head.push_back(part.label);
    for (const auto& bar : chart.bars) any_expected |= bar.expected.has_value();
    if (any_expected) head.push_back("expected");
    std::vector<Row> body;
    for (const auto& bar : chart.bars) {
        Row row{bar.label};
        for (const double value : bar.values) row.push_back(format_number(value));
        row.resize(1 + chart.parts.size(), "–");
        if (any_expected) row.push_back(bar.expected ? format_number(*bar.expected) : "–");
        body.push_back(std::move(row));
    }
    return table(head, body);
}

std::string tabulate(const GanttChart& chart) {
    const std::string unit = ", " + chart.time.unit;
    std::vector<Row> body;
    for (std::size_t i = 0; i < chart.rows.size(); ++i) {
        const auto& row = chart.rows[i];
        body.push_back({std::to_string(i + 1), format_number(row.came), format_number(row.served),
                        format_number(row.left)});
    }
    return table({chart.row_label, "came" + unit, "was served" + unit, "left" + unit}, body);
}

}  // namespace

std::string to_table(const Figure& figure) {
    return std::visit([](const auto& chart) { return tabulate(chart); }, figure.chart);
}

}  // namespace station::report
