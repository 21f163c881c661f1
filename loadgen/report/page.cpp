#include <loadgen/report/chart.hpp>
#include <loadgen/report/markup.hpp>
#include <loadgen/report/page.hpp>
#include <loadgen/report/style.hpp>

namespace station::report {

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
    const std::string caption = tag("h3", {}, escape(figure.title)) + tag("p", {}, escape(figure.about));
    const std::string numbers =
        tag("summary", {}, "The numbers") + tag("div", {{"class", "scroll"}}, to_table(figure));
    return tag("figure", {{"id", figure.id}},
               tag("figcaption", {}, caption) + tag("div", {{"class", "plot"}}, to_svg(figure)) +
                   tag("details", {}, numbers)) +
           '\n';
}

}  // namespace station::report
