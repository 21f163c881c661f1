#include <loadgen/draw/canvas.hpp>
#include <loadgen/draw/chart.hpp>
#include <loadgen/draw/markup.hpp>

#include <map>

namespace station::draw {
namespace {

using Row = std::vector<std::string>;

std::string table(const std::string& caption, const Row& head, const std::vector<Row>& rows) {
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
    return tag("table", {},
               tag("caption", {}, escape(caption)) + tag("thead", {}, tag("tr", {}, header)) + tag("tbody", {}, body));
}

// A verdict stands beside its number.
std::string with_outcome(const Point& point) {
    const char* const verdicts[] = {"", " (pass)", " (fail)", " (inconclusive)"};
    return format_number(point.y) + verdicts[static_cast<std::size_t>(point.outcome)];
}

std::string with_unit(const std::string& label, const Axis& axis) {
    return axis.unit.empty() ? label : label + ", " + axis.unit;
}

std::string tabulate(const std::string& caption, const LineChart& chart) {
    Row head{axis_title(chart.x)};
    std::map<double, Row> rows;
    for (const Series& series : chart.series) {
        for (const Point& point : series.points) rows.try_emplace(point.x, chart.series.size(), "–");
    }
    for (std::size_t i = 0; i < chart.series.size(); ++i) {
        head.push_back(with_unit(chart.series[i].name.text(), chart.y));
        for (const Point& point : chart.series[i].points) rows[point.x][i] = with_outcome(point);
    }
    std::vector<Row> body;
    for (auto& [x, cells] : rows) {
        cells.insert(cells.begin(), format_tick(chart.x, x));
        body.push_back(std::move(cells));
    }
    return table(caption, head, body);
}

std::string tabulate(const std::string& caption, const BarChart& chart) {
    Row head{"what"};
    bool any_expected = false;
    for (const auto& part : chart.parts) head.push_back(with_unit(part.label, chart.value));
    for (const auto& bar : chart.bars) any_expected |= bar.expected.has_value();
    if (any_expected) head.push_back(with_unit("expected", chart.value));
    std::vector<Row> body;
    for (const auto& bar : chart.bars) {
        Row row{bar.name.text()};
        for (const double value : bar.values) row.push_back(format_number(value));
        row.resize(1 + chart.parts.size(), "–");
        if (any_expected) row.push_back(bar.expected ? format_number(*bar.expected) : "–");
        body.push_back(std::move(row));
    }
    return table(caption, head, body);
}

std::string tabulate(const std::string& caption, const GanttChart& chart) {
    const std::string unit = ", " + chart.time.unit;
    std::vector<Row> body;
    for (std::size_t i = 0; i < chart.rows.size(); ++i) {
        const auto& row = chart.rows[i];
        body.push_back(
            {std::to_string(i + 1), format_number(row.came), format_number(row.served), format_number(row.left)});
    }
    return table(caption, {chart.row_label, "came" + unit, "was served" + unit, "left" + unit}, body);
}

}  // namespace

std::string to_table(const Figure& figure) {
    return std::visit([&](const auto& chart) { return tabulate(figure.title, chart); }, figure.chart);
}

}  // namespace station::draw
