// A topic of an open bus. Internal: Topic and Cursor hold it, and with it the bus's core.
#pragma once

#include <functional>
#include <memory>
#include <station/log/detail/retaining.hpp>
#include <station/log/detail/topic_state.hpp>
#include <station/log/detail/writer.hpp>

namespace station::log {

struct TopicEntry {
    TopicEntry(const BusConfig& bus, std::string name, std::uint32_t stream, const Path& folder)
        : config(bus), state(std::move(name), stream, folder) {}

    TopicEntry(const TopicEntry&) = delete;
    TopicEntry& operator=(const TopicEntry&) = delete;
    ~TopicEntry() {
        if (retaining != nullptr) retaining->close();
    }

    const BusConfig& config;
    TopicState state;
    std::unique_ptr<Writer> writer;                // none where nothing may be written
    std::shared_ptr<Retaining> retaining;          // there where a writer is
    std::function<std::error_code()> mark_ledger;  // records in the folder that a ledger alone appends
};

}  // namespace station::log
