#include <loadgen/hammer/report_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <optional>

namespace station::hammer {
namespace {

std::error_code last_error() { return {errno, std::generic_category()}; }

std::error_code write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t bytes = ::write(descriptor, text.data(), text.size());
        if (bytes < 0 && errno != EINTR) return last_error();
        if (bytes > 0) text.remove_prefix(static_cast<std::size_t>(bytes));
    }
    return {};
}

// Some file systems (NFS) report only here that they are full.
std::error_code close_checked(base::Descriptor& descriptor) {
    return ::close(descriptor.release()) == 0 || errno == EINTR ? std::error_code{} : last_error();
}

bool same_file(const struct stat& one, int descriptor) {
    struct stat other {};
    return ::fstat(descriptor, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// `/dev/stdout` and `> figures.json` together: a new file of that name would not be what the shell has opened.
std::optional<int> standard_stream(const struct stat& status) {
    for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
        if (same_file(status, descriptor)) return descriptor;
    }
    return std::nullopt;
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
}

tl::expected<base::Descriptor, std::error_code> checked(int descriptor) {
    if (descriptor < 0) return tl::unexpected(last_error());
    return base::Descriptor{descriptor};
}

}  // namespace

tl::expected<ReportFile, std::error_code> ReportFile::open(const std::string& name) {
    if (name == "-") return checked(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)).map(make);
    struct stat status {};
    const bool exists = ::stat(name.c_str(), &status) == 0;
    if (!exists && errno != ENOENT) return tl::unexpected(last_error());
    if (exists && !S_ISREG(status.st_mode) && !S_ISSOCK(status.st_mode)) {
        return checked(::open(name.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC)).map(make);
    }
    if (exists) {
        if (const auto stream = standard_stream(status)) return checked(::fcntl(*stream, F_DUPFD_CLOEXEC, 0)).map(make);
        if (::access(name.c_str(), W_OK) != 0) return tl::unexpected(last_error());
    }
    // Where the name is a link, the file that it leads to is replaced, and not the link.
    std::error_code error;
    std::filesystem::path target = exists ? std::filesystem::canonical(name, error) : std::filesystem::path{name};
    if (error) return tl::unexpected(error);
    if (!target.has_filename()) return tl::unexpected(std::make_error_code(std::errc::is_a_directory));
    if (::access(folder_of(target).c_str(), W_OK | X_OK) != 0) return tl::unexpected(last_error());
    return ReportFile{std::move(target)};
}

ReportFile ReportFile::make(base::Descriptor descriptor) { return ReportFile{std::move(descriptor)}; }

std::error_code ReportFile::write(std::string_view text) {
    if (!descriptor_) return replace(text);
    if (const auto error = write_all(descriptor_.get(), text)) return error;
    return close_checked(descriptor_);
}

std::error_code ReportFile::replace(std::string_view text) const {
    const auto beside = folder_of(target_) / (".loadgen-" + std::to_string(::getpid()) + ".tmp");
    base::Descriptor file{::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
    if (!file) return last_error();
    struct stat old {};
    if (::stat(target_.c_str(), &old) == 0) ::fchmod(file.get(), old.st_mode & 0777U);
    std::error_code error = write_all(file.get(), text);
    if (!error) error = close_checked(file);
    if (!error && std::rename(beside.c_str(), target_.c_str()) != 0) error = last_error();
    if (error) ::unlink(beside.c_str());
    return error;
}

}  // namespace station::hammer
