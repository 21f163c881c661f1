// Draws the page of the growth measurements, as the tour draws its own: figures come as JSON on standard input, made by
// figures.py, and the page goes to standard output.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <loadgen/draw/markup.hpp>
#include <loadgen/draw/page.hpp>
#include <map>
#include <nlohmann/json.hpp>

namespace {

using namespace station::draw;
using nlohmann::json;

Axis axis_of(const json& axis) {
    return {.label = axis.at("label"),
            .unit = axis.value("unit", ""),
            .scale = axis.value("log", true) ? Scale::log : Scale::linear};
}

Series series_of(const json& series) {
    const std::map<std::string, Color> colors{{"blue", Color::blue}, {"orange", Color::orange}, {"green", Color::green},
                                              {"red", Color::red},   {"purple", Color::purple}, {"sky", Color::sky}};
    Series made{.name = {.kind = series.at("name")}, .color = colors.at(series.at("color"))};
    if (series.value("limit", false)) made.role = Role::limit;
    for (const json& point : series.at("points")) made.points.push_back({.x = point.at(0), .y = point.at(1)});
    return made;
}

Figure figure_of(const json& figure) {
    LineChart chart{.x = axis_of(figure.at("x")), .y = axis_of(figure.at("y"))};
    for (const json& series : figure.at("series")) chart.series.push_back(series_of(series));
    return {.id = figure.at("id"),
            .title = figure.at("title"),
            .about = figure.at("about"),
            .chart = std::move(chart),
            .caption = Caption::none,
            .says = figure.at("says")};
}

std::string section_of(const json& section) {
    std::string figures;
    for (const json& figure : section.at("figures")) figures += figure_block(figure_of(figure));
    const std::string id = section.at("id");
    return tag("section", {{"class", "step"}, {"id", id}},
               tag("p", {{"class", "eyebrow"}}, tag("code", {}, escape(id))) +
                   tag("h2", {}, escape(std::string{section.at("title")})) +
                   tag("p", {{"class", "lead"}}, escape(std::string{section.at("lead")})) +
                   tag("div", {{"class", "figures"}}, figures) +
                   tag("pre", {{"tabindex", "0"}}, tag("code", {}, escape(std::string{section.at("command")}))));
}

std::string body_of(const json& page) {
    std::string body =
        tag("header", {{"class", "top"}},
            tag("h1", {}, escape(std::string{page.at("title")})) + tag("p", {}, escape(std::string{page.at("lead")})));
    for (const json& section : page.at("sections")) body += section_of(section) + '\n';
    std::string list;
    for (const auto& [name, value] : page.at("machine").items()) {
        list += tag("dt", {}, escape(name)) + tag("dd", {}, escape(std::string{value}));
    }
    return body + tag("footer", {}, tag("dl", {}, list));
}

}  // namespace

int main() {
    try {
        const json described = json::parse(std::cin);
        std::cout << page(std::string{described.at("title")}, body_of(described)) << std::flush;
        return std::cout ? EXIT_SUCCESS : EXIT_FAILURE;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "growth_page: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
