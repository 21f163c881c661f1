#include <loadgen/draw/captions.hpp>
#include <loadgen/draw/markup.hpp>
#include <loadgen/draw/page.hpp>
#include <loadgen/draw/scale.hpp>
#include <loadgen/tour/compare.hpp>
#include <loadgen/tour/tour.hpp>

#include <algorithm>

namespace station::tour {
namespace {

using draw::escape;
using draw::format_number;
using draw::tag;
using draw::with_unit;
using lesson::Finding;
using lesson::Lesson;

std::string anchor_of(const Lesson& lesson) { return "step-" + std::to_string(lesson.step); }

std::string chip(lesson::Verdict verdict) {
    const std::string text{lesson::to_string(verdict)};
    return tag("span", {{"class", "verdict " + text}}, text);
}

std::string overview_row(const Lesson& lesson) {
    const Finding& main = lesson.findings.front();
    const std::string name = std::to_string(lesson.step) + " " + tag("code", {}, escape(lesson.name));
    return tag("tr", {},
               tag("th", {{"scope", "row"}}, tag("a", {{"href", "#" + anchor_of(lesson)}}, name)) +
                   tag("td", {{"class", "measured-cell"}},
                       escape(main.what + ": ") + tag("strong", {}, escape(with_unit(main.measured, main.unit)))) +
                   tag("td", {{"class", "lesson-cell"}}, escape(main.expected)) +
                   tag("td", {{"class", "ratio"}}, draw::format_ratio(main.ratio)) +
                   tag("td", {}, chip(lesson::overall(lesson)))) +
           '\n';
}

std::string overview(const Tour& tour) {
    std::string head;
    for (const char* const name : {"step", "what was measured", "what the lesson says"}) {
        head += tag("th", {{"scope", "col"}}, name);
    }
    head += tag("th", {{"scope", "col"}, {"class", "ratio"}}, "ratio") + tag("th", {{"scope", "col"}}, "verdict");
    std::string rows;
    for (const Lesson& lesson : tour.lessons) rows += overview_row(lesson);
    return tag("table", {{"class", "overview"}}, tag("thead", {}, tag("tr", {}, head)) + tag("tbody", {}, rows));
}

// `says_why` is false where the cause stands above already.
std::string finding_item(const Finding& finding, const std::string& prefix, bool says_why) {
    const std::string numbers = finding.what + ": " + with_unit(finding.measured, finding.unit) + " (" +
                                draw::format_ratio(finding.ratio) + "), expected " + finding.expected + ".";
    const std::string claim = tag("strong", {}, escape(finding.title) + ".");
    std::string item = chip(finding.verdict) +
                       tag("span", {}, claim + (says_why ? " " + escape(finding.cause) + "." : "")) +
                       tag("span", {{"class", "numbers"}}, escape(numbers));
    if (finding.verdict != lesson::Verdict::pass) item += tag("span", {{"class", "why"}}, escape(finding.next) + ".");
    return tag("li", {{"id", prefix + finding.id}}, item) + '\n';
}

std::string command_block(const std::vector<std::string>& commands) {
    std::string lines;
    for (const std::string& command : commands) lines += escape(command) + '\n';
    return tag("pre", {{"tabindex", "0"}}, tag("code", {}, lines));
}

std::string pair(const std::string& blocks) { return tag("div", {{"class", "pair"}}, blocks); }

// A graph and those that were drawn for it to be compared with stand side by side.
std::string figures_grid(const std::vector<draw::Figure>& figures) {
    std::string all;
    for (std::size_t i = 0; i < figures.size();) {
        std::string blocks = draw::figure_block(figures[i]);
        std::size_t next = i + 1;
        for (; next < figures.size() && base_id(figures[next].id) == figures[i].id; ++next) {
            blocks += draw::figure_block(figures[next]);
        }
        all += next - i > 1 ? pair(blocks) : blocks;
        i = next;
    }
    return tag("div", {{"class", "figures"}}, all);
}

std::string small_figures(const std::vector<draw::Figure>& figures) {
    std::string blocks;
    for (const auto& figure : figures) blocks += draw::figure_block(figure);
    return blocks.empty() ? "" : pair(blocks);
}

// `prefix` tells a program's findings from the step's own, whose ids they share.
std::string findings_list(const Lesson& lesson, const std::string& prefix, bool first_says_why) {
    std::string items;
    for (const Finding& finding : lesson.findings) {
        items += finding_item(finding, prefix, first_says_why || &finding != &lesson.findings.front());
    }
    return tag("ul", {{"class", "findings"}}, items);
}

std::string beside_section(const Beside& beside) {
    std::string html;
    if (beside.guess) {
        html += tag("p", {{"class", "guess"}}, escape(draw::sentence(to_text(*beside.guess))));
    }
    html += small_figures(beside.figures);
    if (beside.yours) {
        html +=
            tag("h3", {{"class", "yours"}}, "Your program under the same load " + chip(lesson::overall(*beside.yours)));
        html += findings_list(*beside.yours, "yours.", true);
    }
    return html;
}

std::string lesson_section(const Lesson& lesson, const Beside& beside) {
    const bool is_last = lesson.step == lesson::kFinalStation;
    const std::string eyebrow = (is_last ? "The last step" : "Step " + std::to_string(lesson.step)) + " · " +
                                tag("code", {}, escape(lesson.name));
    return tag("section", {{"class", "step"}, {"id", anchor_of(lesson)}},
               tag("p", {{"class", "eyebrow"}}, eyebrow) + tag("h2", {}, escape(lesson.headline)) +
                   tag("p", {{"class", "lead"}}, escape(lesson.findings.front().cause) + ".") +
                   figures_grid(lesson.figures) + findings_list(lesson, "", false) + beside_section(beside) +
                   command_block(lesson.commands)) +
           '\n';
}

std::string loops_section(const Loops& loops) {
    if (loops.figures.empty()) return {};
    return tag("section", {{"class", "step"}, {"id", "loops"}},
               tag("p", {{"class", "eyebrow"}}, "Step 4, asked in two ways") + tag("h2", {}, escape(loops.headline)) +
                   tag("p", {{"class", "lead"}}, escape(loops.text)) + small_figures(loops.figures) +
                   command_block(loops.commands)) +
           '\n';
}

std::string overlay_section(const Tour& tour) {
    if (tour.overlay.empty()) return {};
    return tag("section", {{"class", "step"}, {"id", "all"}},
               tag("p", {{"class", "eyebrow"}}, "Steps 4 to 10") + tag("h2", {}, "All of them under the same load") +
                   tag("p", {{"class", "lead"}},
                       "An event costs 1 ms of waiting, eight workers where a step has workers, a queue of 64. "
                       "Requests "
                       "fall due at a fixed rate, whatever the replies do.") +
                   figures_grid(tour.overlay) + command_block(tour.overlay_commands)) +
           '\n';
}

std::string footer(const Tour& tour) {
    std::string list;
    const auto add = [&](const std::string& name, const std::string& value) {
        list += tag("dt", {}, escape(name)) + tag("dd", {}, escape(value));
    };
    for (const auto& [name, value] : tour.machine) add(name, value);
    add("measured", tour.when + ", in " + format_number(tour.seconds) + " s");
    add("meanwhile", "other programs took " + format_number(tour.others) + " cores on average");
    return tag("footer", {},
               tag("p", {},
                   "The hammer and the servers ran on this one machine and shared its cores, so absolute numbers are "
                   "this machine's; the ratios are the lesson. Dashed lines are what the model of the step predicts. "
                   "The same numbers are in results.json.") +
                   tag("dl", {}, list));
}

}  // namespace

std::string to_page(const Tour& tour) {
    const bool has_last = std::any_of(tour.lessons.begin(), tour.lessons.end(),
                                      [](const Lesson& lesson) { return lesson.step == lesson::kFinalStation; });
    const std::string last = has_last ? " The last one keeps what it promises." : "";
    std::string body = tag("header", {{"class", "top"}},
                           tag("p", {{"class", "eyebrow"}}, "Station, the tour") +
                               tag("h1", {}, "Ten servers, and how each one fails") +
                               tag("p", {},
                                   "Each step is wrong in one way that can be measured, and the next one mends "
                                   "it." +
                                       last + " All of this was measured on the machine named at the end."));
    body += "<main>\n" + overview(tour);
    static const Beside nothing;
    for (const Lesson& lesson : tour.lessons) {
        const auto found = tour.beside.find(lesson.step);
        body += lesson_section(lesson, found == tour.beside.end() ? nothing : found->second);
    }
    body += loops_section(tour.loops) + overlay_section(tour) + "</main>\n" + footer(tour);
    return draw::page("Station: ten servers, and how each one fails", body);
}

}  // namespace station::tour
