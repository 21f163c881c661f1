#include <loadgen/draw/canvas.hpp>
#include <loadgen/draw/chart.hpp>
#include <loadgen/draw/markup.hpp>
#include <loadgen/draw/page.hpp>
#include <loadgen/draw/style.hpp>

namespace station::draw {

std::string page(std::string_view title, std::string_view body) {
    std::string head = tag("meta", {{"charset", "utf-8"}});
    head += tag("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
    head += tag("meta", {{"name", "color-scheme"}, {"content", "light dark"}});
    head += tag("title", {}, escape(title));
    head += "<style>" + std::string{kStyle} + "</style>";
    return "<!doctype html>\n<html lang=\"en\">\n<head>" + head + "</head>\n<body>\n" + std::string{body} +
           "</body>\n</html>\n";
}

std::string figure_block(const Figure& figure) {
    std::string caption;
    if (!figure.says.empty()) caption += tag("p", {{"class", "kicker"}}, escape(figure.title));
    caption += tag("h3", {{"id", figure.id + "-says"}}, escape(headline_of(figure)));
    if (!figure.compares.empty()) caption += tag("p", {{"class", "compares"}}, escape(figure.compares));
    caption += tag("p", {}, escape(figure.about));
    const std::string summary = "The numbers" + tag("span", {{"class", "unseen"}}, ": " + escape(figure.title));
    const std::string numbers = tag("summary", {}, summary) + tag("div",
                                                                  {{"class", "scroll"},
                                                                   {"role", "region"},
                                                                   {"tabindex", "0"},
                                                                   {"aria-label", figure.title + ", the numbers"}},
                                                                  to_table(figure));
    // The style sheet shows one of the two, by the room that the figure has.
    return tag("figure", {{"id", figure.id}, {"aria-labelledby", figure.id + "-says"}},
               tag("figcaption", {}, caption) + tag("div", {{"class", "plot wide"}}, to_svg(figure, Width::wide)) +
                   tag("div", {{"class", "plot narrow"}}, to_svg(figure, Width::narrow)) +
                   tag("details", {}, numbers)) +
           '\n';
}

}  // namespace station::draw
