#include "line_session.hpp"

#include <algorithm>
#include <station/wire/json.hpp>
#include <station/wire/reply.hpp>
#include <station/wire/request.hpp>

#include "server/describe.hpp"
#include "server/session/session.hpp"

namespace station::final_station {
namespace {

constexpr std::size_t kLongestAuthLine = 4096;  // bytes of a stranger's line: a token, its JSON, and a ref

class LineSession final : public Session {
  public:
    LineSession(IoThread& io_thread, net::Socket socket)
        : Session(io_thread, std::move(socket), Door::lines),
          lines_(io_thread.lines, io_thread.station.limits.max_line),
          authorized_(!io_thread.station.access.required()) {
        if (!authorized_) lines_.set_max_line(std::min(kLongestAuthLine, station().limits.max_line));
    }

  private:
    void take_in(std::string_view bytes) override {
        while (!bytes.empty() && phase() == Phase::open) {
            const std::span<char> room = lines_.prepare();
            const std::size_t taken = std::min(room.size(), bytes.size());
            std::copy_n(bytes.begin(), taken, room.begin());
            lines_.commit(taken);
            bytes.remove_prefix(taken);
            take_lines();
        }
    }
    void take_lines();
    void take_line(std::string_view line);
    void take_first_line(std::string_view line);
    void turn_away();
    void end_run();

    bool inside_message() const override { return lines_.inside_line(); }
    void say_goodbye() override { finish(); }
    void too_slow(std::string_view what) override {
        if (blocked()) return end();
        if (!authorized_) return turn_away();
        answer(control_error("too_slow", what, {}));
        end_when_answered();
    }
    // A half-closed client gets all answers, and its subscriptions for as long as it is there.
    void end_of_input() override {
        if (!has_subscriptions()) end_when_answered();
    }
    void tick_protocol(Clock::time_point now) override {
        if (!authorized_ && phase() == Phase::open && began_ + station().limits.request_timeout < now) turn_away();
        if (std::max(last_read(), last_sent()) + station().limits.idle_timeout < now) end_when_answered();
    }

    void put_text(std::string_view text, std::string& out) override {
        out += text;
        out += '\n';
    }
    void put_events(const Subscription& subscription, log::Cursor::Batch events, std::string& out) override {
        for (const log::EventView& event : events) {
            append_message(out, subscription.topic().name(), event);
            out += '\n';
        }
    }
    void put_published(const Reply& reply, const log::Topic& topic, std::error_code error,
                       std::span<const log::Receipt> receipts, std::string& out) override;
    std::string answer_query(const Control& control) override;
    std::string_view no_memory() const override { return "{\"status\":\"rejected\",\"reason\":\"out_of_memory\"}\n"; }

    wire::LineBuffer lines_;
    std::optional<log::Topic> events_;
    std::vector<log::Message> run_;  // consecutive events
    const Clock::time_point began_ = Clock::now();
    bool authorized_;
};

void LineSession::take_first_line(std::string_view line) {
    const auto control = parse_control(line);
    if (!control || control->type != Control::Type::auth || !station().access.admits(control->token)) {
        return turn_away();
    }
    authorized_ = true;
    lines_.set_max_line(station().limits.max_line);
    handle_control(*control);
}

void LineSession::turn_away() {
    station().counters.unauthorized.fetch_add(1, std::memory_order_relaxed);
    answer(R"({"status":"error","reason":"unauthorized"})");
    end_when_answered();
}

void LineSession::take_lines() {
    while (phase() == Phase::open) {
        const wire::Line line = lines_.next();
        if (line.status == wire::LineStatus::incomplete) break;
        ++messages_in_;
        if (line.status == wire::LineStatus::too_long) {
            if (!authorized_) return turn_away();
            end_run();
            answer(wire::error_line_too_long().text);
            end_when_answered();
        } else {
            take_line(line.text);
        }
    }
    end_run();
}

void LineSession::take_line(std::string_view line) {
    if (!authorized_) return take_first_line(line);
    const auto event = wire::parse_event(line);
    if (event && line.size() <= station().limits.max_payload) {
        run_.push_back({log::as_bytes(line), {}});
        return;
    }
    end_run();
    if (event) {
        station().counters.refused(log::Errc::payload_too_large);
        return answer(rejected_line("payload_too_large"));
    }
    const auto fields = event.error().reason == wire::RequestError::Reason::invalid_json
                            ? std::nullopt
                            : wire::scan_fields(line, wire::kMaxDepth);
    if (fields && fields->type && std::holds_alternative<std::string>(*fields->type)) {
        const auto control = parse_control(line);
        if (control) return handle_control(*control);
        if (control.error().reason != "unknown_type") {
            station().counters.broken_requests.fetch_add(1, std::memory_order_relaxed);
            return answer(control_error(control.error().reason, control.error().detail, control.error().ref));
        }
    }
    station().counters.broken_requests.fetch_add(1, std::memory_order_relaxed);
    answer(wire::error(event.error()).text);
}

void LineSession::end_run() {
    if (run_.empty()) return;
    if (!events_) {
        const auto topic = station().find_or_make(kEventsTopic);
        if (!topic) {
            for (std::size_t i = 0; i < run_.size(); ++i) {
                station().counters.refused(topic.error());
                answer(rejected_line(reason_of(topic.error())));
            }
            run_.clear();
            return;
        }
        events_ = *topic;
    }
    publish(*events_, run_, {});
    run_.clear();
    if (run_.capacity() > 64) run_ = {};
}

void LineSession::put_published(const Reply& reply, const log::Topic& topic, std::error_code error,
                                std::span<const log::Receipt> receipts, std::string& out) {
    if (reply.as_text) {
        if (error) return put_text(control_error(error, reply.ref), out);
        return put_text(published_text(topic, receipts.front(), reply.ref), out);
    }
    for (const log::Receipt& receipt : receipts) append_accepted_line(out, receipt);
    if (!error) return;
    const std::string text = rejected_line(reason_of(error));
    for (std::size_t i = receipts.size(); i < reply.count; ++i) put_text(text, out);
}

std::string LineSession::answer_query(const Control& control) {
    if (control.type == Control::Type::health) return health_line(describe_health(station()).ready, control.ref);
    return metrics_line(station().counters.publishes(), control.ref);
}

}  // namespace

void start_line_session(IoThread& thread, net::Socket socket) {
    std::make_shared<LineSession>(thread, std::move(socket))->start({});
}

}  // namespace station::final_station
