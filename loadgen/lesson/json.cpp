#include <loadgen/lesson/finding.hpp>

#include <nlohmann/json.hpp>

namespace station::lesson {
namespace {

using Json = nlohmann::ordered_json;

Json to_value(const draw::Axis& axis) { return {{"label", axis.label}, {"unit", axis.unit}}; }

const char* to_string(draw::Role role) {
    switch (role) {
        case draw::Role::measured: return "measured";
        case draw::Role::model: return "model";
        case draw::Role::limit: return "limit";
    }
    return "";
}

Json to_value(const draw::LineChart& chart) {
    Json series = Json::array();
    for (const auto& one : chart.series) {
        Json points = Json::array();
        for (const auto& point : one.points) points.push_back({point.x, point.y});
        series.push_back({{"label", one.name.text()}, {"role", to_string(one.role)}, {"points", points}});
    }
    return {{"kind", "lines"}, {"x", to_value(chart.x)}, {"y", to_value(chart.y)}, {"series", series}};
}

Json to_value(const draw::BarChart& chart) {
    Json bars = Json::array();
    for (const auto& bar : chart.bars) {
        Json values;
        for (std::size_t i = 0; i < chart.parts.size() && i < bar.values.size(); ++i) {
            values[chart.parts[i].label] = bar.values[i];
        }
        bars.push_back({{"label", bar.name.text()}, {"values", values}});
        if (bar.expected) bars.back()["expected"] = *bar.expected;
    }
    return {{"kind", "bars"}, {"value", to_value(chart.value)}, {"bars", bars}};
}

Json to_value(const draw::GanttChart& chart) {
    Json rows = Json::array();
    for (const auto& row : chart.rows) rows.push_back({row.came, row.served, row.left});
    return {{"kind", "gantt"}, {"time", to_value(chart.time)}, {"columns", {"came", "served", "left"}}, {"rows", rows}};
}

Json to_value(const draw::Figure& figure) {
    Json value{{"id", figure.id}, {"title", figure.title}};
    value["data"] = std::visit([](const auto& chart) { return to_value(chart); }, figure.chart);
    return value;
}

Json to_value(const Finding& finding) {
    return {{"id", finding.id},       {"title", finding.title},
            {"what", finding.what},   {"measured", finding.measured},
            {"unit", finding.unit},   {"expected", finding.expected},
            {"ratio", finding.ratio}, {"verdict", to_string(finding.verdict)},
            {"cause", finding.cause}, {"next", finding.next}};
}

}  // namespace

Json to_json(const std::vector<draw::Figure>& figures) {
    Json values = Json::array();
    for (const auto& figure : figures) values.push_back(to_value(figure));
    return values;
}

Json to_json(const Lesson& lesson) {
    Json findings = Json::array();
    for (const auto& finding : lesson.findings) findings.push_back(to_value(finding));
    return {{"step", lesson.step},         {"name", lesson.name},
            {"headline", lesson.headline}, {"verdict", to_string(overall(lesson))},
            {"findings", findings},        {"figures", to_json(lesson.figures)},
            {"commands", lesson.commands}};
}

}  // namespace station::lesson
