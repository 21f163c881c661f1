#include <cerrno>
#include <station/log/error.hpp>

namespace station::log {
namespace {

class LogCategory : public std::error_category {
  public:
    const char* name() const noexcept override { return "station.log"; }

    std::string message(int code) const override {
        switch (static_cast<Errc>(code)) {
            case Errc::bad_config: return "the configuration is out of its limits";
            case Errc::bad_topic_name:
                return "a topic's name is 1 to 128 of A-Z a-z 0-9 . _ - and does not start with a dot";
            case Errc::no_such_topic: return "no such topic";
            case Errc::payload_too_large: return "the payload is larger than max_payload";
            case Errc::headers_too_large: return "the headers are larger than max_headers";
            case Errc::bad_headers: return "headers must be a MessagePack map of strings to strings";
            case Errc::queue_full: return "the topic's queue is full";
            case Errc::disk_full: return "the disk is full";
            case Errc::topic_failed:
                return "the topic has failed: the disk refused a write or a sync, restart to recover";
            case Errc::topic_damaged: return "the topic has damage and takes no writes; `station verify` says where";
            case Errc::damaged: return "the log is damaged here";
            case Errc::unsupported_version: return "written by a later version of this program";
            case Errc::locked: return "another process owns this folder";
            case Errc::no_bus: return "no bus in this folder";
            case Errc::bad_meta: return "not a list of topics that this program can read";
            case Errc::read_only: return "opened for reading only";
            case Errc::closed: return "the bus is shut down";
            case Errc::cancelled: return "cancelled";
            case Errc::timed_out: return "timed out";
            case Errc::not_in_memory: return "has to be brought in from the disk";
            case Errc::ledger_topic: return "the topic is a ledger's: only the ledger appends to it";
            case Errc::not_a_ledger: return "the topic holds events that are no ledger's";
            case Errc::retained: return "events that the topic keeps no longer were passed by";
            case Errc::topic_deleted: return "the topic was deleted";
            case Errc::bad_retention:
                return "a topic keeps at least one byte, and its events for at least a nanosecond";
            case Errc::out_of_order: return "not the offset, id or time that the log goes on with";
        }
        return "unknown error " + std::to_string(code);
    }

    // So that Asio's users may compare with the usual conditions.
    std::error_condition default_error_condition(int code) const noexcept override {
        switch (static_cast<Errc>(code)) {
            case Errc::cancelled: return std::errc::operation_canceled;
            case Errc::timed_out: return std::errc::timed_out;
            case Errc::disk_full: return std::errc::no_space_on_device;
            case Errc::queue_full: return std::errc::resource_unavailable_try_again;
            default: return {code, *this};
        }
    }
};

}  // namespace

const std::error_category& log_category() {
    static const LogCategory category;
    return category;
}

std::error_code make_error_code(Errc code) { return {static_cast<int>(code), log_category()}; }

std::error_code system_error(int error_number) {
    if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG) return Errc::disk_full;
    return {error_number, std::system_category()};
}

std::error_code last_error() { return system_error(errno); }

std::error_code as_final(std::error_code error) { return is_transient(error) ? system_error(EIO) : error; }

bool is_transient(std::error_code error) {
    return error == Errc::disk_full || error == std::errc::too_many_files_open ||
           error == std::errc::too_many_files_open_in_system || error == std::errc::not_enough_memory ||
           error == std::errc::interrupted || error == std::errc::resource_unavailable_try_again;
}

}  // namespace station::log
