// A topic's files as its writer changes them: the active segment, and one after the other. Of everything that is in the
// active file it knows how far it was written, how far synced, and how far readers may look.
//
//   0 ......... synced ......... written ......... zeroed
//     durable           readable, not     zeros, written ahead
//                       yet durable
//
// Only a sync that failed is final: the topic has failed then, and takes nothing until a restart. Everything else that
// goes wrong (no room, no descriptor, no memory) is an error of what was asked for, leaves the files as they were, and
// may work the next time.
//
// Belongs to whoever has the writer's turn.
#pragma once

#include <cstdint>
#include <memory>
#include <station/log/detail/open_files.hpp>
#include <station/log/detail/recovery.hpp>
#include <station/log/detail/sealing.hpp>
#include <station/log/detail/topic_voice.hpp>

namespace station::log {

class WriterFiles {
  public:
    // All must outlive it.
    WriterFiles(TopicState& topic, const TopicVoice& voice, Scheduler& scheduler, const BusConfig& config,
                OpenFiles& files);

    // Before anything else: takes up where recovery left the files.
    std::error_code open(const RecoveredTopic& recovered, std::int64_t now);

    Segment& active() { return *active_; }
    std::uint64_t written_end() const { return written_end_; }
    std::uint64_t synced_end() const { return synced_end_; }
    std::uint64_t unsynced_events() const { return unsynced_events_; }
    bool needs_header() const { return written_end_ == 0; }
    // A record of that size may go into the active segment.
    bool takes(std::size_t record) const;

    // The next segment becomes the active one; it begins with that offset.
    std::error_code rotate(std::uint64_t next_offset, std::int64_t now);
    // Ready to be written to: the file is open, and nothing of a failed write is left in it.
    std::error_code make_ready();
    // Appends; after an error nothing of it is in the file.
    std::error_code write(Bytes bytes);
    // What was written became part of the log.
    void wrote(std::uint64_t events, std::size_t bytes);
    // An error is final.
    std::error_code sync();
    // All that the log holds: full segments, too, and what an earlier run has written and not synced.
    std::error_code sync_all();
    // Nothing more is to be written now: the file is given back, where all of it is synced.
    void rest();

    std::error_code close();
    // Of a topic that is deleted: no file of it is opened, made or written afterwards.
    void abandon();

  private:
    std::error_code finish_cut();
    std::error_code use_next_file(std::uint32_t number, std::uint64_t next_offset, std::int64_t now);
    Expected<TakenFile> next_file(std::uint32_t number, const Path& path);
    std::error_code undo();
    void write_ahead(std::uint64_t end, std::size_t group_bytes);
    std::error_code leave_index();

    TopicState& topic_;
    const TopicVoice& voice_;
    const BusConfig& config_;
    OpenFiles& files_;
    Sealing sealing_;

    std::shared_ptr<Segment> active_;
    TakenFile file_;                 // open while there is something to write or to sync
    std::uint64_t written_end_ = 0;  // 0: not even the header is written
    std::uint64_t synced_end_ = 0;
    std::uint64_t indexed_end_ = 0;  // an index that ends here was left by a clean close
    bool inherited_ = false;         // between these two lies what an earlier run wrote: a sync of its may have failed
    std::uint64_t zeroed_end_ = 0;   // the file has bytes up to here
    std::size_t zero_step_ = 0;
    std::uint64_t unsynced_events_ = 0;
    bool undo_owed_ = false;                   // a failed write may still lie behind written_end_
    bool undone_ = false;                      // a failed write was taken back, and no sync has made that durable
    std::shared_ptr<TornCut> unfinished_cut_;  // recovery's: before anything is written
    bool preparing_ = false;                   // the next segment's file was asked for
};

}  // namespace station::log
