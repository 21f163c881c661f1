#include <loadgen/lesson/finding.hpp>

#include <cctype>
#include <loadgen/draw/scale.hpp>

namespace station::lesson {

Verdict overall(const Lesson& lesson) {
    Verdict worst = Verdict::pass;
    for (const Finding& finding : lesson.findings) {
        worst = worse(worst, finding.verdict);
    }
    return worst;
}

std::string to_text(const Finding& finding) {
    std::string verdict{to_string(finding.verdict)};
    for (char& letter : verdict) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    const std::string unit = finding.unit.empty() ? "" : " " + finding.unit;
    std::string text = verdict + " " + finding.id + ": " + finding.what + ": " + draw::format_number(finding.measured) +
                       unit + " (" + draw::format_ratio(finding.ratio) + ", expected " + finding.expected + ")";
    if (finding.verdict != Verdict::pass) text += "\n     cause: " + finding.cause + "\n     next: " + finding.next;
    return text;
}

}  // namespace station::lesson
