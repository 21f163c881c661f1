#include "connection.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <new>
#include <optional>
#include <station/base/addresses.hpp>
#include <station/base/text.hpp>
#include <station/base/timestamp.hpp>
#include <thread>
#include <utility>

#include "detail/loop.hpp"
#include "detail/native_message.hpp"

namespace station::jetstream {
namespace {

constexpr std::chrono::milliseconds kReconnectWait{100};
// A node that hangs, and has not closed its connections, is given up after three of them.
constexpr std::chrono::milliseconds kPing{1000};
constexpr int kUnansweredPings = 2;
constexpr std::chrono::milliseconds kLongestWrite{2000};
constexpr std::chrono::milliseconds kOneTry{1000};
constexpr std::chrono::milliseconds kBetweenTries{50};
// "JetStream system temporarily unavailable", where there is no leader.
constexpr std::string_view kNotNow = R"("err_code":10008)";

std::string text_of(natsStatus status) { return base::one_line(natsStatus_GetText(status)); }

}  // namespace

class Connection::Impl {
  public:
    explicit Impl(Config config) : config_(std::move(config)), loop_(std::make_shared<Loop>()) {
        writer_ = log::EventIdGenerator{}.next(base::unix_nanos());
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        is_ending_ = true;
        if (native_) natsConnection_Close(native_.get());
        std::unique_lock lock{mutex_};
        // libnats calls on_closed last; it has this object in its hands until then.
        changed_.wait(lock, [this] { return is_closed_ || !native_; });
    }

    natsStatus connect() {
        natsOptions* made = nullptr;
        natsStatus status = natsOptions_Create(&made);
        if (status != NATS_OK) return status;
        const NativeOptions options{made};
        status = set(made);
        natsConnection* native = nullptr;
        if (status == NATS_OK) status = natsConnection_Connect(&native, made);
        if (status != NATS_OK) return status;
        native_.reset(native);
        return listen();
    }

    // Until there is a connection, or the time is over.
    bool wait_connected(Clock::time_point until) {
        std::unique_lock lock{mutex_};
        while (!is_connected()) {
            if (changed_.wait_until(lock, until) == std::cv_status::timeout) return is_connected();
        }
        return true;
    }

    bool is_connected() const { return natsConnection_Status(native_.get()) == NATS_CONN_STATUS_CONNECTED; }

    void say(log::Severity severity, std::string_view text) const {
        if (config_.logger) config_.logger(severity, text);
    }

    const Config config_;
    log::EventId writer_;
    std::shared_ptr<Loop> loop_;
    NativeConnection native_;
    std::unique_ptr<natsSubscription, NativeDeleter<natsSubscription_Destroy>> answers_;

  private:
    // Where libnats's threads bring what came, until libnats says that nothing will come any more.
    struct Port {
        std::shared_ptr<Loop> loop;
    };
    static void on_message(natsConnection* /*native*/, natsSubscription* /*of*/, natsMsg* message, void* closure) {
        static_cast<Port*>(closure)->loop->deliver(NativeMessage{message});
    }
    static void on_complete(void* closure) { delete static_cast<Port*>(closure); }

    natsStatus listen() {
        auto port = std::make_unique<Port>(Port{loop_});
        natsSubscription* made = nullptr;
        natsStatus status =
            natsConnection_Subscribe(&made, native_.get(), (loop_->inbox() + ".>").c_str(), on_message, port.get());
        if (status != NATS_OK) return status;
        answers_.reset(made);
        // Whoever asks sees to it that not too much is under way.
        status = natsSubscription_SetPendingLimits(made, -1, -1);
        // Fails where the connection was closed since: then nobody says when the port is free, and it stays.
        const natsStatus told = natsSubscription_SetOnCompleteCB(made, on_complete, port.release());
        return status == NATS_OK ? told : status;
    }

    natsStatus set(natsOptions* options) {
        std::vector<const char*> urls;
        for (const std::string& url : config_.urls) urls.push_back(url.c_str());
        const auto patience = std::min(config_.patience, kLongestWrite).count();
        // Nothing is kept for later while the connection is away: whoever sends knows what to send again.
        constexpr int kNothing = 1;
        const natsStatus all[] = {
            natsOptions_SetServers(options, urls.data(), static_cast<int>(urls.size())),
            natsOptions_SetName(options, "station"),
            natsOptions_SetTimeout(options, patience),
            natsOptions_SetWriteDeadline(options, patience),
            natsOptions_SetMaxReconnect(options, -1),
            natsOptions_SetReconnectWait(options, kReconnectWait.count()),
            natsOptions_SetReconnectJitter(options, kReconnectWait.count(), kReconnectWait.count()),
            natsOptions_SetReconnectBufSize(options, kNothing),
            natsOptions_SetPingInterval(options, kPing.count()),
            natsOptions_SetMaxPingsOut(options, kUnansweredPings),
            natsOptions_SetFailRequestsOnDisconnect(options, true),
            natsOptions_SetDisconnectedCB(options, on_disconnected, this),
            natsOptions_SetReconnectedCB(options, on_reconnected, this),
            natsOptions_SetClosedCB(options, on_closed, this),
            config_.credentials.empty()
                ? NATS_OK
                : natsOptions_SetUserCredentialsFromFiles(options, config_.credentials.c_str(), nullptr),
        };
        const auto* const failed = std::find_if(std::begin(all), std::end(all), [](auto s) { return s != NATS_OK; });
        return failed == std::end(all) ? NATS_OK : *failed;
    }

    static std::string address_of(natsConnection* native) {
        char url[256] = "";
        natsConnection_GetConnectedUrl(native, url, sizeof url);
        // A password may stand in it.
        const std::string_view text{url};
        const auto at = text.rfind('@');
        return std::string{at == std::string_view::npos ? text : text.substr(at + 1)};
    }
    static void on_disconnected(natsConnection* /*native*/, void* closure) {
        const auto& self = *static_cast<Impl*>(closure);
        if (self.is_ending_) return;
        self.say(log::Severity::warning, "NATS: the connection is lost; connecting again");
    }
    static void on_reconnected(natsConnection* native, void* closure) {
        auto& self = *static_cast<Impl*>(closure);
        self.say(log::Severity::warning, "NATS: connected again, to " + address_of(native));
        self.loop_->tell_all_reconnected();
        const std::lock_guard lock{self.mutex_};
        self.changed_.notify_all();
    }
    static void on_closed(natsConnection* /*native*/, void* closure) {
        auto& self = *static_cast<Impl*>(closure);
        const std::lock_guard lock{self.mutex_};
        self.is_closed_ = true;
        self.changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_closed_ = false;
    std::atomic<bool> is_ending_{false};
};

tl::expected<std::vector<std::string>, std::string> parse_urls(std::string_view text) {
    std::vector<std::string> urls;
    while (true) {
        const auto comma = text.find(',');
        std::string_view one = base::trim(text.substr(0, comma));
        const auto scheme_end = one.find("://");
        const std::string scheme{scheme_end == std::string_view::npos ? "nats" : one.substr(0, scheme_end)};
        if (scheme_end != std::string_view::npos) one.remove_prefix(scheme_end + 3);
        if (scheme != "nats" && scheme != "tls") return tl::unexpected("expected nats:// or tls://, got " + scheme);
        if (one.empty() || one.front() == ':' || one.find_first_of(" /?#") != std::string_view::npos) {
            return tl::unexpected("expected HOST:PORT of a NATS server, got " + base::one_line(std::string{one}));
        }
        urls.push_back(scheme + "://" + std::string{one});
        if (comma == std::string_view::npos) return urls;
        text.remove_prefix(comma + 1);
    }
}

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

log::Result<std::shared_ptr<Connection>> Connection::open(Config config) {
    // Of a file that it can't read libnats says no more than "Error".
    if (!config.credentials.empty() && ::access(config.credentials.c_str(), R_OK) != 0) {
        return log::failed(std::error_code{errno, std::generic_category()}, config.credentials);
    }
    auto impl = std::make_unique<Impl>(std::move(config));
    std::string names;
    for (const std::string& url : impl->config_.urls) {
        const auto at = url.rfind('@');
        names += (names.empty() ? "" : ",") + (at == std::string::npos ? url : url.substr(at + 1));
    }
    if (const natsStatus status = impl->connect(); status != NATS_OK) {
        return log::failed(Errc::unreachable, names + ": " + text_of(status));
    }
    return std::shared_ptr<Connection>{new Connection{std::move(impl)}};
}

const Config& Connection::config() const { return impl_->config_; }
bool Connection::is_connected() const { return impl_->is_connected(); }
const log::EventId& Connection::writer() const { return impl_->writer_; }
void Connection::say(log::Severity severity, std::string_view text) const { impl_->say(severity, text); }
const std::shared_ptr<Loop>& Connection::loop() const { return impl_->loop_; }
void* Connection::native() const { return impl_->native_.get(); }

std::size_t Connection::max_payload() const {
    return static_cast<std::size_t>(std::max<std::int64_t>(natsConnection_GetMaxPayload(impl_->native_.get()), 0));
}

tl::expected<std::string, std::error_code> Connection::ask(std::string_view subject, std::string_view body) const {
    const auto until = Clock::now() + impl_->config_.patience;
    const std::string whole = "$JS.API." + std::string{subject};
    const auto unavailable = tl::unexpected(make_error_code(Errc::unavailable));
    // A node that goes takes the question with it, and while a leader is elected nobody answers, or says so: it is
    // asked again. All questions may be asked twice.
    std::optional<std::string> said;
    while (impl_->wait_connected(until)) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
        if (left.count() <= 0) break;
        natsMsg* native = nullptr;
        const auto status = natsConnection_Request(&native, impl_->native_.get(), whole.c_str(), body.data(),
                                                   static_cast<int>(body.size()), std::min(left, kOneTry).count());
        const NativeMessage answer{native};
        if (status == NATS_OK) {
            said = std::string{body_of(*answer)};
            if (said->find(kNotNow) == std::string::npos) return std::move(*said);
        }
        if (status != NATS_TIMEOUT) std::this_thread::sleep_for(std::min(left, kBetweenTries));
    }
    if (said) return std::move(*said);
    return unavailable;
}

}  // namespace station::jetstream
