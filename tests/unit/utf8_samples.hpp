// What is UTF-8, and what is not.
#pragma once

#include <string>
#include <vector>

namespace station::test {

// Table 3-7 of the Unicode standard, each row at its borders, and each way to miss it.
inline const std::vector<std::string> kValidUtf8{"\x01\x7F",
                                                 "\xC2\x80",
                                                 "\xDF\xBF",
                                                 "\xE0\xA0\x80",
                                                 "\xE0\xBF\xBF",
                                                 "\xE1\x80\x80",
                                                 "\xEC\xBF\xBF",
                                                 "\xED\x80\x80",
                                                 "\xED\x9F\xBF",
                                                 "\xEE\x80\x80",
                                                 "\xEF\xBF\xBF",
                                                 "\xF0\x90\x80\x80",
                                                 "\xF0\xBF\xBF\xBF",
                                                 "\xF1\x80\x80\x80",
                                                 "\xF3\xBF\xBF\xBF",
                                                 "\xF4\x80\x80\x80",
                                                 "\xF4\x8F\xBF\xBF",
                                                 "\xEF\xBB\xBF",
                                                 "twelve ASCII \xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5"};
inline const std::vector<std::string> kInvalidUtf8{"\x80",
                                                   "\xBF",
                                                   "\xC0\x80",
                                                   "\xC1\xBF",
                                                   "\xC2\x7F",
                                                   "\xC2\xC0",
                                                   "\xDF\xFF",
                                                   "\xE0\x9F\xBF",
                                                   "\xE0\x80\x80",
                                                   "\xE1\x80\x7F",
                                                   "\xE1\x7F\x80",
                                                   "\xED\xA0\x80",
                                                   "\xED\xBF\xBF",
                                                   "\xEF\xBF\xC0",
                                                   "\xF0\x8F\xBF\xBF",
                                                   "\xF0\x80\x80\x80",
                                                   "\xF1\x80\x80\x7F",
                                                   "\xF1\x80\xC0\x80",
                                                   "\xF4\x90\x80\x80",
                                                   "\xF5\x80\x80\x80",
                                                   "\xF8\x88\x80\x80\x80",
                                                   "\xFE",
                                                   "\xFF"};

}  // namespace station::test
