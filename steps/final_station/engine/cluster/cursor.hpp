// A position in a topic of JetStream's. Live it looks into the topic's feed; behind, it has a reader of its own, until
// it has come to where the feed begins or to the end, where one begins for it. What the one gives and the other gives
// are told apart by offsets alone, so that going from one to the other leaves nothing out and doubles nothing.
//
// One thread at a time, as log/cursor.hpp says; locate() waits for answers.
#pragma once

#include <memory>
#include <optional>

#include "engine/engine.hpp"
#include "engine/jetstream/reader.hpp"
#include "feed.hpp"

namespace station::engine {

class ClusterTopic;

class ClusterCursor final : public AnyCursor {
  public:
    ClusterCursor(std::shared_ptr<ClusterTopic> topic, const log::StartFrom& from);
    ~ClusterCursor() override;

    std::error_code locate() override;
    const log::Start& start() const override { return start_; }
    std::uint64_t position() const override { return position_; }
    std::uint64_t lag() const override;
    tl::expected<Batch, std::error_code> poll(const Limits& limits) override;
    void bring_in(const Limits&) override { (void)locate(); }
    void release() override;
    const log::Damage& damage() const override { return damage_; }
    void skip_damage() override {}
    const log::Lost& lost() const override { return lost_; }
    void wait(std::function<void()> ready) override;
    bool stop_waiting() override;
    // Live cursors alone: what is behind is given to one.
    bool has_place() const override { return located_ && feed_ != nullptr && !skip_; }
    Place place() const override { return has_place() ? std::make_shared<std::uint64_t>(position_) : nullptr; }
    void go_on_at(const Place& place) override;

  private:
    using Block = tl::expected<jetstream::EventBlockPointer, std::error_code>;

    std::error_code find_place();
    Block next_block();
    Block read_behind();
    Block look_live();
    void begin_reading();
    bool fill(Block& got);  // false: there is nothing now, or an error
    bool skip();            // past what is before the start; false where the block ends by it
    Batch take(const Limits& limits);

    const std::shared_ptr<ClusterTopic> topic_;
    log::Target from_;
    bool from_now_ = false;
    bool located_ = false;
    log::Start start_;
    log::Lost lost_;
    log::Damage damage_;                         // there is none
    std::optional<log::Target> skip_;            // events before it are passed by
    std::uint64_t position_ = 0;                 // of the next event
    std::shared_ptr<Feed> feed_;                 // live
    std::unique_ptr<jetstream::Reader> reader_;  // behind
    Feed::Ticket ticket_ = 0;
    jetstream::EventBlockPointer block_;  // the next event of it is at `at_`
    std::size_t at_ = 0;
};

}  // namespace station::engine
