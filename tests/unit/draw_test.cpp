#include "catch.hpp"

#include <loadgen/draw/canvas.hpp>
#include <loadgen/draw/captions.hpp>
#include <loadgen/draw/chart.hpp>
#include <loadgen/draw/markup.hpp>
#include <loadgen/draw/page.hpp>
#include <loadgen/draw/scale.hpp>

#include <cmath>
#include <limits>
#include <regex>

namespace station::draw {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
    return found;
}

// Every tag is closed, in order. Enough of XML to see a broken drawing.
bool is_well_formed(const std::string& markup) {
    static const std::regex tag{R"(<(/?)([a-z0-9]+)((?:\s+[a-zA-Z0-9-]+="[^"<]*")*)\s*(/?)>)"};
    std::vector<std::string> open;
    std::string rest = markup;
    for (std::sregex_iterator at{markup.begin(), markup.end(), tag}, end; at != end; ++at) {
        const bool closes = (*at)[1].length() > 0;
        if (closes && (open.empty() || open.back() != (*at)[2])) return false;
        if (closes) {
            open.pop_back();
        } else if ((*at)[4].length() == 0) {
            open.push_back((*at)[2]);
        }
    }
    // What is no tag must hold no angle bracket.
    return open.empty() && std::regex_replace(markup, tag, "").find_first_of("<>") == std::string::npos;
}

Figure line_figure() {
    return {.id = "f",
            .title = "Latency <against> \"clients\"",
            .about = "See & learn",
            .chart =
                LineChart{.x = {.label = "clients", .scale = Scale::log, .ticks = {1, 2, 4}},
                          .y = {.label = "latency", .unit = "ms"},
                          .series = {{.name = {.kind = "a<b"}, .points = {{1, 10}, {2, 20}, {4, 40}}},
                                     {.name = {.kind = "model"}, .points = {{1, 10}, {4, 40}}, .role = Role::model}}}};
}

TEST_CASE("draw: numbers have three digits that matter, and all of them from 100 on") {
    CHECK(format_number(0) == "0");
    CHECK(format_number(5) == "5");
    CHECK(format_number(5.03) == "5.03");
    CHECK(format_number(66.43) == "66.4");
    CHECK(format_number(99.96) == "100");
    CHECK(format_number(7146.2) == "7,146");
    CHECK(format_number(1234567) == "1,234,567");
    CHECK(format_number(-1234) == "-1,234");
    CHECK(format_number(0.045) == "0.045");
    CHECK(format_number(0.0004567) == "0.000457");
    CHECK(format_number(0.9999) == "1");
    CHECK(format_number(std::numeric_limits<double>::infinity()) == "–");
    CHECK(format_number(std::nan("")) == "–");
}

TEST_CASE("draw: small ratios have two digits that matter") {
    CHECK(format_ratio(66.43) == "66.4×");
    CHECK(format_ratio(0.977) == "0.977×");
    CHECK(format_ratio(0.0977) == "0.098×");
    CHECK(format_ratio(0.001508) == "0.0015×");
    CHECK(format_ratio(0) == "0×");
}

TEST_CASE("draw: linear ticks are multiples of 1, 2 or 5 and stay inside") {
    CHECK(linear_ticks(0, 70, 5) == std::vector<double>{0, 10, 20, 30, 40, 50, 60, 70});
    CHECK(linear_ticks(0, 5000, 5) == std::vector<double>{0, 1000, 2000, 3000, 4000, 5000});
    CHECK(linear_ticks(3, 3, 5) == std::vector<double>{3});
    const auto tenths = linear_ticks(0, 0.3, 3);
    REQUIRE(tenths.size() == 4);  // 3 * 0.1 is a little more than 0.3, and still belongs
    CHECK(tenths.back() == Approx(0.3));
}

TEST_CASE("draw: logarithmic ticks are powers of ten, with 2 and 5 where there is room") {
    CHECK(log_ticks(1, 100) == std::vector<double>{1, 2, 5, 10, 20, 50, 100});
    CHECK(log_ticks(1, 100000) == std::vector<double>{1, 10, 100, 1000, 10000, 100000});
    CHECK(log_ticks(3, 9) == std::vector<double>{5});
}

TEST_CASE("draw: a linear axis begins at zero and ends at a tick") {
    const AxisScale scale{{.label = "x"}, {12, 66.4}, {.first_pixel = 100, .last_pixel = 200}};
    CHECK(scale.from() == 0);
    CHECK(scale.to() == 70);
    CHECK(scale.at(0) == Approx(100));
    CHECK(scale.at(35) == Approx(150));
    CHECK(scale.at(70) == Approx(200));
}

TEST_CASE("draw: an axis may end at its last value, and its ends may be given") {
    const AxisScale exact{{.label = "x"}, {12, 66.4}, {.first_pixel = 0, .last_pixel = 100, .ends = Ends::at_value}};
    CHECK(exact.to() == Approx(66.4));
    const AxisScale given{{.label = "x", .from = 10, .to = 20}, {12, 66.4}, {.first_pixel = 0, .last_pixel = 100}};
    CHECK(given.at(15) == Approx(50));
    CHECK(given.at(66.4) == Approx(100));  // off the axis: on its end
}

TEST_CASE("draw: a logarithmic axis spreads decades evenly and takes zeros to its beginning") {
    const AxisScale scale{{.label = "x", .scale = Scale::log}, {1, 10, 100, 0}, {.first_pixel = 0, .last_pixel = 200}};
    CHECK(scale.from() == 1);
    CHECK(scale.to() == 100);
    CHECK(scale.at(10) == Approx(100));
    CHECK(scale.at(0) == Approx(0));
}

TEST_CASE("draw: an axis without values, or with one, can still be drawn") {
    for (const auto& values : std::vector<std::vector<double>>{{}, {0}, {std::nan("")}}) {
        for (const Scale kind : {Scale::linear, Scale::log}) {
            const AxisScale scale{{.label = "x", .scale = kind}, values, {.first_pixel = 0, .last_pixel = 10}};
            CHECK(std::isfinite(scale.at(0)));
            CHECK(std::isfinite(scale.at(1)));
        }
    }
}

TEST_CASE("draw: labels that would overlap move apart, those with room stay") {
    CHECK(spread({10, 100}, 16, 0, 200) == std::vector<double>{10, 100});
    CHECK(spread({50, 50}, 16, 0, 200) == std::vector<double>{42, 58});
    CHECK(spread({100, 10, 12}, 16, 0, 200) == std::vector<double>{100, 3, 19});
    CHECK(spread({199, 200}, 16, 0, 200) == std::vector<double>{184, 200});
    CHECK(spread({0, 1, 2}, 16, 0, 200) == std::vector<double>{0, 16, 32});
    CHECK(spread({}, 16, 0, 200).empty());
}

TEST_CASE("draw: no text becomes markup") {
    CHECK(escape("<b class=\"x\">&'</b>") == "&lt;b class=&quot;x&quot;&gt;&amp;&#39;&lt;/b&gt;");
    CHECK(escape(std::string{"a\0\x1b\nb\t", 6}) == "a\xEF\xBF\xBD\xEF\xBF\xBD\nb\t");
    CHECK(escape("Grüße, 1 µs") == "Grüße, 1 µs");
    CHECK(tag("a", {{"title", "\"><script>"}}, "x") == "<a title=\"&quot;&gt;&lt;script&gt;\">x</a>");
    CHECK(tag("td", {}) == "<td></td>");
    CHECK(tag("rect", {{"x", "1"}}) == "<rect x=\"1\"/>");
}

TEST_CASE("draw: coordinates have one decimal at most") {
    CHECK(pixels(12) == "12");
    CHECK(pixels(12.34) == "12.3");
    CHECK(pixels(-0.01) == "0");
}

TEST_CASE("draw: a line chart names itself, its series and its axes, and its text is escaped") {
    const std::string svg = to_svg(line_figure());
    CHECK(is_well_formed(svg));
    CHECK(svg.find("role=\"img\"") != std::string::npos);
    CHECK(svg.find("<title>Latency &lt;against&gt; &quot;clients&quot;</title>") != std::string::npos);
    CHECK(svg.find("<desc>See &amp; learn</desc>") != std::string::npos);
    CHECK(svg.find(">a&lt;b</text>") != std::string::npos);
    CHECK(svg.find(">latency, ms</text>") != std::string::npos);
    CHECK(svg.find("a<b") == std::string::npos);
    CHECK(count(svg, "<circle") == 3);              // what was measured has points
    CHECK(count(svg, "series c-blue model") == 1);  // what was expected has none
}

TEST_CASE("draw: points lie where their values say") {
    const std::string svg =
        to_svg({.id = "f",
                .title = "t",
                .about = "a",
                .chart = LineChart{.x = {.label = "x"},
                                   .y = {.label = "y"},
                                   .series = {{.name = {.kind = "s"}, .points = {{0, 0}, {5, 5}, {10, 10}}}}}});
    const std::regex circle{"<circle cx=\"([0-9.]+)\" cy=\"([0-9.]+)\""};
    std::vector<Point> points;
    for (std::sregex_iterator at{svg.begin(), svg.end(), circle}, end; at != end; ++at) {
        points.push_back({std::stod((*at)[1]), std::stod((*at)[2])});
    }
    REQUIRE(points.size() == 3);
    CHECK(points[1].x == Approx((points[0].x + points[2].x) / 2).margin(0.1));
    CHECK(points[1].y == Approx((points[0].y + points[2].y) / 2).margin(0.1));
    CHECK(points[0].y > points[2].y);  // SVG counts downwards
}

TEST_CASE("draw: bars are as long as their values, part after part") {
    const std::string svg =
        to_svg({.id = "f",
                .title = "t",
                .about = "a",
                .chart = BarChart{.value = {.label = "events"},
                                  .parts = {{.label = "kept"}, {.label = "lost", .meaning = Meaning::loss}},
                                  .bars = {{.name = {.kind = "one"}, .values = {30, 10}, .expected = 40},
                                           {.name = {.kind = "two"}, .values = {20, 0}}}}});
    CHECK(is_well_formed(svg));
    const std::regex bar{"class=\"bar c-([a-z]+)\" x=\"([0-9.]+)\" y=\"[0-9.]+\" width=\"([0-9.]+)\""};
    struct Drawn {
        std::string color;
        double x, width;
    };
    std::vector<Drawn> drawn;
    for (std::sregex_iterator at{svg.begin(), svg.end(), bar}, end; at != end; ++at) {
        drawn.push_back({(*at)[1], std::stod((*at)[2]), std::stod((*at)[3])});
    }
    REQUIRE(drawn.size() == 3);  // nothing is drawn for zero
    CHECK(drawn[0].width == Approx(3 * drawn[1].width).margin(0.3));
    CHECK(drawn[1].x == Approx(drawn[0].x + drawn[0].width).margin(0.2));
    CHECK(drawn[1].color == "red");
    CHECK(drawn[2].width == Approx(2 * drawn[1].width).margin(0.3));
    CHECK(count(svg, "class=\"expected\"") == 1);
}

TEST_CASE("draw: a Gantt chart has a waiting and a served strip for each row") {
    const std::string svg = to_svg({.id = "f",
                                    .title = "t",
                                    .about = "a",
                                    .chart = GanttChart{.time = {.label = "time", .unit = "ms"},
                                                        .row_label = "client",
                                                        .rows = {{0, 1, 101}, {0, 101, 201}},
                                                        .expected = {{0, 0}, {200, 2}},
                                                        .expected_label = "one by one"}});
    CHECK(is_well_formed(svg));
    CHECK(count(svg, "class=\"waiting\"") == 2 + 1);  // and one in the legend
    CHECK(count(svg, "class=\"bar c-blue\"") == 2 + 1);
    CHECK(svg.find("client 2: waited 101 ms") != std::string::npos);
    CHECK(svg.find("one by one") != std::string::npos);
}

TEST_CASE("draw: every figure has its numbers as a table") {
    const std::string lines = to_table(line_figure());
    CHECK(is_well_formed(lines));
    CHECK(lines.find("<th scope=\"row\">2</th><td>20</td><td>–</td>") != std::string::npos);
    const std::string bars =
        to_table({.id = "f",
                  .title = "t",
                  .about = "a",
                  .chart = BarChart{.value = {.label = "events"},
                                    .parts = {{.label = "kept"}},
                                    .bars = {{.name = {.kind = "<one>"}, .values = {3000}, .expected = 4000}}}});
    CHECK(bars.find("<th scope=\"row\">&lt;one&gt;</th><td>3,000</td><td>4,000</td>") != std::string::npos);
    const std::string rows = to_table(
        {.id = "f",
         .title = "t",
         .about = "a",
         .chart = GanttChart{.time = {.label = "time", .unit = "ms"}, .row_label = "client", .rows = {{0, 1, 101}}}});
    CHECK(rows.find("<th scope=\"row\">1</th><td>0</td><td>1</td><td>101</td>") != std::string::npos);
}

TEST_CASE("draw: percentiles spread towards the slowest") {
    const Axis axis{.label = "percentile", .unit = "%", .scale = Scale::percentile};
    const AxisScale scale{axis, {0, 50, 99.99}, {.first_pixel = 0, .last_pixel = 400}};
    CHECK(scale.at(0) == Approx(0));
    CHECK(scale.at(90) == Approx(100));
    CHECK(scale.at(99) == Approx(200));
    CHECK(scale.at(99.99) == Approx(400));
    CHECK(scale.at(100) == Approx(400));  // nobody is slower than the slowest
    CHECK(scale.ticks() == std::vector<double>{0, 50, 90, 99, 99.9, 99.99});
    CHECK(format_tick(axis, 99.99) == "99.99");
    const AxisScale none{axis, {}, {.first_pixel = 0, .last_pixel = 10}};
    CHECK(std::isfinite(none.at(50)));
}

TEST_CASE("draw: a narrow drawing is narrower, and names its lines above them") {
    const std::string wide = to_svg(line_figure(), Width::wide);
    const std::string narrow = to_svg(line_figure(), Width::narrow);
    CHECK(is_well_formed(narrow));
    CHECK(wide.find("viewBox=\"0 0 720 ") != std::string::npos);
    CHECK(narrow.find("viewBox=\"0 0 400 ") != std::string::npos);
    CHECK(count(narrow, "<circle") == count(wide, "<circle") + 1);  // the legend's
    const std::regex label{"x=\"([0-9.]+)\" y=\"[0-9.]+\" text-anchor=\"start\">"};
    for (std::sregex_iterator at{narrow.begin(), narrow.end(), label}, end; at != end; ++at) {
        CHECK(std::stod((*at)[1]) < 100);
    }
}

TEST_CASE("draw: a long name of an axis takes as many lines as it needs") {
    CHECK(fit("one two three", 1000) == std::vector<std::string>{"one two three"});
    CHECK(fit("one two three", 60) == std::vector<std::string>{"one two", "three"});
    CHECK(fit("incomprehensible", 10) == std::vector<std::string>{"incomprehensible"});
}

TEST_CASE("draw: programs and verdicts differ in shape, not in colour alone") {
    LineChart chart{.x = {.label = "run"}, .y = {.label = "p99", .unit = "ms"}};
    chart.series = {{.name = {.program = "step 4"}, .points = {{1, 66}}},
                    {.name = {.program = "yours", .whose = Whose::yours}, .points = {{1, 2}}},
                    {.name = {.program = "step 3", .whose = Whose::before}, .points = {{1, 1}}},
                    {.name = {.kind = "runs"},
                     .points = {{1, 4, Outcome::pass}, {2, 5, Outcome::fail}, {3, 6, Outcome::inconclusive}}}};
    const Figure figure{.id = "f", .title = "t", .about = "a", .chart = chart};
    const std::string svg = to_svg(figure);
    CHECK(count(svg, "<circle") == 3);  // step 4's, the run that passed, and the ring
    CHECK(count(svg, "class=\"ring\"") == 1);
    CHECK(count(svg, "class=\"cross\"") == 1);
    CHECK(count(svg, "class=\"point\"") == 1);  // yours
    CHECK(count(svg, "<rect") == 1);            // step 3's
    CHECK(svg.find("series c-blue measured yours") != std::string::npos);
    CHECK(svg.find("series c-blue measured before") != std::string::npos);
    CHECK(to_table(figure).find("<td>5 (fail)</td>") != std::string::npos);
}

TEST_CASE("draw: the sentence above a graph is made of its numbers") {
    const auto latency = [](double last) {
        return Figure{.id = "any",
                      .title = "t",
                      .chart = LineChart{.x = {.label = "clients"},
                                         .y = {.label = "latency", .unit = "ms"},
                                         .series = {{.name = {.kind = "p99"}, .points = {{1, 1}, {64, last}}}}},
                      .caption = Caption::grows_with_clients};
    };
    CHECK(what_to_see(latency(66)) == "With 64 clients a reply takes 66\xC2\xA0ms, 66 times as long as with 1");
    CHECK(what_to_see(latency(2)) == "With 64 clients a reply takes 2\xC2\xA0ms, 2 times as long as with 1");
    const Figure losses{.id = "any",
                        .title = "t",
                        .chart =
                            BarChart{.value = {.label = "events"},
                                     .parts = {{.label = "kept"}, {.label = "lost", .meaning = Meaning::loss}},
                                     .bars = {{.name = {.program = "step 9"}, .values = {70, 30}, .expected = 100},
                                              {.name = {.program = "step 10", .kind = "try 1"}, .values = {50, 0}},
                                              {.name = {.program = "step 10", .kind = "try 2"}, .values = {40, 0}}}},
                        .caption = Caption::loses};
    CHECK(what_to_see(losses) == "Step 9 lost 30 of 100; step 10 lost none of 90 in 2 tries");
    const Figure crowd{.id = "any",
                       .title = "t",
                       .chart = GanttChart{.time = {.label = "time", .unit = "s"},
                                           .row_label = "client",
                                           .rows = {{0, 1, 2}, {0, 3, 4}, {0, 9, 10}}}};
    CHECK(what_to_see(crowd) ==
          "Of 3 clients the last one waited 9\xC2\xA0s to be served, and the one in the middle 3\xC2\xA0s");
    CHECK(what_to_see({.id = "any", .title = "t", .chart = LineChart{}}).empty());
    CHECK(what_to_see({.id = "any", .title = "t", .chart = BarChart{}}).empty());
    CHECK(what_to_see({.id = "any", .title = "t", .chart = GanttChart{}}).empty());
    CHECK(what_to_see({.id = "any", .title = "t", .chart = LineChart{}, .caption = Caption::spans}).empty());
}

TEST_CASE("draw: which sentence tells a figure, and whose line it speaks of, the figure says") {
    LineChart chart{.x = {.label = "workers"}, .y = {.label = "done", .unit = "events/s"}};
    chart.series = {{.name = {.program = "step 6", .kind = "wrong", .whose = Whose::neighbour},
                     .color = Color::blue,
                     .points = {{1, 900}, {8, 7000}}},
                    {.name = {.program = "step 8"}, .color = Color::red, .points = {{1, 1000}, {8, 8000}}}};
    Figure figure{.id = "any", .title = "t", .chart = chart, .caption = Caption::scales_with_workers};
    CHECK(what_to_see(figure) ==
          "8 workers do 8,000\xC2\xA0"
          "events/s, 8 times what 1 does; step 6, wrong: 7,000");
    figure.caption = Caption::spans;
    CHECK(what_to_see(figure) ==
          "Under 8, done: from 7,000 (step 6, wrong) to 8,000\xC2\xA0"
          "events/s (step 8)");
    figure.caption = Caption::plain;
    CHECK(what_to_see(figure).starts_with("With 8 workers, step 6, wrong: 7,000"));
    figure.caption = Caption::none;
    CHECK(what_to_see(figure).empty());
    figure.caption = Caption::loses;  // which no line tells of
    CHECK(what_to_see(figure).empty());
}

TEST_CASE("draw: a name is the program and the kind of its line") {
    CHECK(Name{.program = "step 6", .kind = "wrong"}.text() == "step 6, wrong");
    CHECK(Name{.program = "step 6"}.text() == "step 6");
    CHECK(Name{.kind = "accepted"}.text() == "accepted");
    CHECK(Name{.program = "step 10", .kind = "try 3"}.who() == "step 10");
    CHECK(Name{.kind = "witnesses"}.who() == "witnesses");
}

TEST_CASE("draw: how one number compares with another") {
    CHECK(times(68, 10) == "6.8 times");
    CHECK(times(1, 100) == "0.01 times");
    CHECK(times(0, 0) == "1 times");
    CHECK(times(1, 0) == "endlessly many times");
}

TEST_CASE("draw: a figure stands with its sentence, and without one with its title") {
    Figure figure = line_figure();
    CHECK(figure_block(figure).find("<h3 id=\"f-says\">Latency &lt;against&gt;") != std::string::npos);
    figure.says = "It <grows>";
    figure.compares = "Yours & others.";
    const std::string block = figure_block(figure);
    CHECK(is_well_formed(block));
    CHECK(block.find("<h3 id=\"f-says\">It &lt;grows&gt;</h3>") != std::string::npos);
    CHECK(block.find("<p class=\"kicker\">Latency &lt;against&gt;") != std::string::npos);
    CHECK(block.find("<p class=\"compares\">Yours &amp; others.</p>") != std::string::npos);
    CHECK(count(block, "<caption>") == 1);
    CHECK(count(block, "<svg") == 2);  // wide and narrow
    CHECK(count(block, "aria-label=\"It &lt;grows&gt;. Yours &amp; others. See &amp; learn\"") == 2);
}

TEST_CASE("draw: empty figures are drawn, not crashed on") {
    CHECK(is_well_formed(to_svg({.id = "f", .title = "t", .about = "a", .chart = LineChart{}})));
    CHECK(is_well_formed(to_svg({.id = "f", .title = "t", .about = "a", .chart = BarChart{}})));
    CHECK(is_well_formed(to_svg({.id = "f", .title = "t", .about = "a", .chart = GanttChart{}})));
}

TEST_CASE("draw: a page needs nothing from elsewhere") {
    const std::string html = page("A <title>", figure_block(line_figure()));
    CHECK(html.find("<title>A &lt;title&gt;</title>") != std::string::npos);
    CHECK(html.find("prefers-color-scheme: dark") != std::string::npos);
    CHECK(html.find("<details>") != std::string::npos);
    for (const char* const foreign : {"<script", "src=", "url(", "@import", "http:", "https:", "<link"}) {
        CHECK(html.find(foreign) == std::string::npos);
    }
}

}  // namespace
}  // namespace station::draw
