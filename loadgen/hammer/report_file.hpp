// A file that a report is written to. It is whole or not there: the text goes to a file beside it, which takes its name
// at the end. What is no regular file (a pipe, /dev/stdout) is written to as it is. One thread.
//
// SIGPIPE and SIGXFSZ must be ignored while something is written, so that they come back as EPIPE and EFBIG.
#pragma once

#include <filesystem>
#include <station/base/descriptor.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>

namespace station::hammer {

class ReportFile {
  public:
    // "-" is standard output. Writes nothing yet: it finds out what can be found out before a long run.
    static tl::expected<ReportFile, std::error_code> open(const std::string& name);

    // Once.
    std::error_code write(std::string_view text);

  private:
    explicit ReportFile(base::Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
    explicit ReportFile(std::filesystem::path target) : target_(std::move(target)) {}

    static ReportFile make(base::Descriptor descriptor);
    std::error_code replace(std::string_view text) const;

    base::Descriptor descriptor_;   // of what is written to as it is
    std::filesystem::path target_;  // otherwise: the file to be replaced, or made
};

}  // namespace station::hammer
