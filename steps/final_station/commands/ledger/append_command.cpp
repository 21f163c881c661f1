#include "append_command.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <station/base/numbers.hpp>
#include <station/ledger/wire/json.hpp>

#include "append_queue.hpp"
#include "commands/output.hpp"
#include "commands/standard_input.hpp"
#include "open_ledger.hpp"

namespace station::final_station {
namespace {

// What all events of one command have in common. The options have been checked where they were read.
struct Appending {
    ledger::Coordinate coordinate;
    ledger::EventKind kind;
    ledger::AppendOptions first;  // of the first event
    ledger::AppendOptions rest;
};

ledger::Expect read_expect(const std::string& text) {
    if (text.empty()) return ledger::Expect::any();
    if (text == "none") return ledger::Expect::none();
    if (text == "exists") return ledger::Expect::exists();
    return ledger::Expect::exactly(base::parse_number<std::uint64_t>(text).value());
}

ledger::Result<Appending> read_appending(const LedgerAppendOptions& options) {
    auto coordinate = ledger::Coordinate::make(options.entity, options.scope);
    if (!coordinate) return tl::unexpected(coordinate.error());
    const ledger::EventKind kind = ledger::EventKind::from_text(options.kind).value();
    ledger::AppendOptions rest{.erasable = options.erasable};
    ledger::AppendOptions first = rest;
    first.expect = read_expect(options.expect);
    first.idempotency_key = ledger::EventId::from_text(options.key);
    return Appending{std::move(*coordinate), kind, first, rest};
}

// What follows from another event says so.
ledger::Result<void> read_cause(const ledger::Store& store, const std::string& cause, Appending& appending) {
    if (cause.empty()) return {};
    const auto event = store.get(ledger::EventId::from_text(cause).value());
    if (!event) return tl::unexpected(event.error());
    for (ledger::AppendOptions* const options : {&appending.first, &appending.rest}) {
        options->correlation_id = (*event)->header.correlation_id;
        options->causation_id = (*event)->header.event_id;
    }
    return {};
}

void print_appended(const ledger::AppendReceipt& receipt) { print_payload(receipt.to_json()); }

bool output_is_read() { return std::ferror(stdout) == 0 && std::fflush(stdout) == 0; }

// Standard input's lines, as they come. Many are under way at once; each is answered when it is safe, and in order.
class LineAppender {
  public:
    LineAppender(ledger::Store& store, const Appending& appending, const LedgerAppendOptions& options)
        : queue_(store), appending_(appending), keep_going_(options.keep_going), input_(false) {}

    // The status; what went wrong has been said, but for an output that nobody reads.
    int run() {
        while (!ended_ && !input_.at_end()) {
            std::string line;
            while (!ended_ && input_.next(line)) take(line);
            while (queue_.ready()) answer();
            if (!output_is_read()) break;
            if (ended_ || input_.at_end()) continue;
            if (!has_input(0)) answer_all();
            if (!output_is_read()) break;
            if (!has_input(-1)) return fail(kOutputClosed);
            input_.read();
        }
        answer_all();
        if (input_.failed()) return fail(kUnreadable);
        if (refused_ == 0) return 0;
        return keep_going_ ? end_of_refused(refused_) : kFailure;
    }

  private:
    void take(const std::string& line) {
        constexpr std::size_t kMost = 4096;
        constexpr std::size_t kMostBytes = std::size_t{32} << 20;
        while (queue_.size() > 0 && (queue_.size() >= kMost || queue_.bytes() > kMostBytes)) answer();
        if (ended_) return;
        auto payload = ledger::json_to_pack(line);
        if (!payload) {
            answer_all();
            if (!ended_) refuse(payload.error());
            return;
        }
        if (!queue_.add(appending_.coordinate, appending_.kind, ledger::Bytes{*payload}, next_options())) answer_all();
        // What comes behind it must know where it is.
        if (!keep_going_ && !last_) answer_all();
    }

    // Where a full disk refuses a line, those that are handed over a moment later may find room again: each one expects
    // the one before it, so that nothing behind a line that is refused is stored.
    ledger::AppendOptions next_options() {
        if (answered_ + queue_.size() == 0) return appending_.first;
        ledger::AppendOptions options = appending_.rest;
        if (last_) options.expect = ledger::Expect::exactly((*last_)++);
        return options;
    }

    void answer_all() {
        while (queue_.size() > 0) answer();
    }

    // The first one that is left.
    void answer() {
        const auto receipt = queue_.next();
        if (!receipt) return refuse(receipt.error());
        ++answered_;
        if (!keep_going_ && !last_) last_ = receipt->sequence;
        print_appended(*receipt);
    }

    void refuse(const ledger::Error& error) {
        ++answered_;
        // What was handed over behind it meets the same, and nobody wants to read it a thousand times.
        if (ended_) return;
        ++refused_;
        say_refused(answered_, error.message());
        ended_ = !keep_going_;
    }

    // Waits for more of standard input, or, false, until nobody reads the receipts any more.
    static bool wait_for(int input, int millis, bool& ready) {
        pollfd watched[2]{{input, POLLIN, 0}, {STDOUT_FILENO, 0, 0}};
        const int count = ::poll(watched, 2, millis);
        if (count < 0) return errno == EINTR;
        ready = watched[0].revents != 0;
        return ready || (watched[1].revents & (POLLERR | POLLHUP)) == 0;
    }
    bool has_input(int millis) const {
        bool ready = false;
        do {
            if (!wait_for(input_.descriptor(), millis, ready)) return false;
        } while (!ready && millis < 0);
        return ready;
    }

    AppendQueue queue_;
    const Appending& appending_;
    const bool keep_going_;
    StandardInput input_;
    std::uint64_t answered_ = 0;         // lines
    std::optional<std::uint64_t> last_;  // the sequence of the last one handed over; only without keep_going_
    std::uint64_t refused_ = 0;
    bool ended_ = false;
};

// With a key, standard input is one line: the key is one event's. Nothing is appended before that is known.
std::optional<std::vector<std::string>> read_keyed_line() {
    StandardInput input{false};
    std::vector<std::string> lines;
    std::string line;
    while (lines.size() < 2 && !input.at_end()) {
        while (lines.size() < 2 && input.next(line)) lines.push_back(line);
        if (lines.size() < 2 && !input.at_end()) input.read();
    }
    if (input.failed()) return std::nullopt;
    return lines;
}

int append_to(OpenLedger& open, Appending& appending, const LedgerAppendOptions& options,
              const std::vector<std::byte>& payload) {
    if (const auto found = read_cause(open.store, options.cause, appending); !found) {
        return fail("--cause: " + found.error().message());
    }
    if (!options.has_payload) return LineAppender{open.store, appending, options}.run();
    const auto receipt =
        open.store.append(appending.coordinate, appending.kind, ledger::Bytes{payload}, appending.first);
    if (!receipt) return fail(receipt.error().message());
    print_appended(*receipt);
    return 0;
}

}  // namespace

int ledger_append(const LedgerOptions& options, LedgerAppendOptions append) {
    auto appending = read_appending(append);
    if (!appending) return fail(appending.error().message(), kUsage);
    int bad_payload = kUsage;
    if (!append.has_payload && !append.key.empty()) {
        const auto lines = read_keyed_line();
        if (!lines) return fail(kUnreadable);
        if (lines->size() > 1) return fail("--key is one event's, and standard input has several lines", kUsage);
        if (lines->empty()) return 0;
        append.payload = lines->front();
        append.has_payload = true;
        bad_payload = kFailure;
    }
    std::vector<std::byte> payload;
    if (append.has_payload) {
        auto packed = ledger::json_to_pack(append.payload);
        if (!packed) return fail(packed.error().message(), bad_payload);
        payload = std::move(*packed);
    }
    ledger::StoreConfig config;
    config.durability = log::Durability::parse(append.durability).value_or(log::Durability{});
    config.segment_bytes = append.segment_bytes;
    config.max_payload = append.max_payload;
    auto open = open_ledger(options, LedgerAccess::make, std::move(config));
    if (!open) return fail(open.error().message());
    const int status = append_to(*open, *appending, append, payload);
    const auto error = open->close();
    if (!output_is_read()) {
        return fail(std::string{"what was appended is stored, but its receipts could not be written: "} +
                    kOutputClosed);
    }
    if (status != 0) return status;
    return error ? fail(error.message()) : 0;
}

}  // namespace station::final_station
