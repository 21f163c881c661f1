// What can go wrong with a log. Functions return std::error_code, or tl::expected with one; nothing here throws for
// I/O. What the operating system refused keeps its own code (std::system_category), except a full disk, which has
// one name however it shows itself (ENOSPC, EDQUOT, EFBIG).
#pragma once

#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>

namespace station::log {

enum class Errc {
    bad_config = 1,
    bad_topic_name,
    no_such_topic,
    payload_too_large,
    headers_too_large,
    bad_headers,
    queue_full,
    disk_full,
    topic_failed,
    topic_damaged,
    damaged,
    unsupported_version,
    locked,
    no_bus,
    bad_meta,
    read_only,
    closed,
    cancelled,
    timed_out,
    out_of_order,
    not_in_memory,
    ledger_topic,
    not_a_ledger,
    retained,
    topic_deleted,
    bad_retention,
};

const std::error_category& log_category();
std::error_code make_error_code(Errc code);

// The code of a failed system call: errno, with a full disk under its one name.
std::error_code system_error(int error_number);
std::error_code last_error();

// The system had no descriptor, no memory or no room, or was interrupted: it may work the next time. Nothing is known
// to be lost, unlike after a sync that failed.
bool is_transient(std::error_code error);
// For a sync that failed, which is final whatever the reason: never transient.
std::error_code as_final(std::error_code error);

// An error with the thing it happened to ("data/topics/lobby/log-00000001.seg"), for people to read.
struct Error {
    std::error_code code;
    std::string where;

    std::string message() const { return where.empty() ? code.message() : where + ": " + code.message(); }
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failed(std::error_code code, std::string_view where = {}) {
    return tl::unexpected(Error{code, std::string{where}});
}

}  // namespace station::log

template <>
struct std::is_error_code_enum<station::log::Errc> : std::true_type {};
