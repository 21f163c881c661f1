// What one connection is subscribed to: at most one subscription a topic, read by turns, so that a topic with much to
// give does not keep the others silent.
//
// Belongs to its connection's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "codec.hpp"
#include "subscription.hpp"

namespace station::final_station {

class Subscriptions {
  public:
    // on_news: there may be something to read again.
    Subscriptions(IoThread& thread, const Codec& codec, std::function<void()> on_news);
    Subscriptions(const Subscriptions&) = delete;
    Subscriptions& operator=(const Subscriptions&) = delete;
    ~Subscriptions() { end(); }

    using Added = tl::expected<log::Start, std::error_code>;
    // A second one to a topic takes the place of the first. An error: nothing has changed. `done` is called once, now
    // or later, and keeps this alive until then; nothing else is added or removed before.
    void add(const engine::Topic& topic, const log::StartFrom& from, EventForm form, std::function<void(Added)> done);
    bool remove(std::uint64_t stream);
    bool has(std::uint64_t stream) const;
    std::vector<engine::Topic> topics() const;
    void end() noexcept;

    struct News {
        Subscription& from;
        Subscription::Read read;  // valid until from.release()
    };
    // nullopt: all of them wait.
    std::optional<News> next(const engine::Cursor::Limits& limits);

    bool empty() const { return all_.empty(); }
    // How far they are behind, by stream.
    void add_lag(std::map<std::uint32_t, std::uint64_t>& lag) const;

  private:
    Added add(const engine::Topic& topic, engine::Cursor cursor, SubscriptionPlace place, EventForm form);
    void tell(const engine::Topic& topic, std::string_view what) const noexcept;

    IoThread& thread_;
    const Codec& codec_;
    const std::function<void()> on_news_;
    std::vector<std::shared_ptr<Subscription>> all_;
    std::size_t turn_ = 0;
};

}  // namespace station::final_station
