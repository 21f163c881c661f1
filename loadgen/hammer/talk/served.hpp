// The chat that a run is for: one that is served already, or one that is seeded where need be, started, watched and
// ended. Only of a started one it is known what it costs.
#pragma once

#include <filesystem>
#include <loadgen/hammer/talk/cast.hpp>
#include <loadgen/hammer/talk/plan.hpp>
#include <loadgen/target/process.hpp>
#include <optional>
#include <string>
#include <tl/expected.hpp>

namespace station::hammer::talk {

class Served {
  public:
    static tl::expected<Served, std::string> begin(const Plan& plan, const Say& say);

    Served(Served&&) noexcept = default;
    Served& operator=(Served&&) noexcept = default;
    ~Served();

    const net::Endpoint& endpoint() const { return endpoint_; }
    bool is_started() const { return process_.has_value(); }
    std::size_t resident_bytes() const { return process_ ? process_->resident_bytes() : 0; }
    Nanoseconds processor_time() const { return process_ ? process_->cpu_time() : Nanoseconds{0}; }

    // Ends a started one with SIGTERM. What was wrong with it; empty: nothing.
    std::string end();

  private:
    Served() = default;

    net::Endpoint endpoint_;
    std::optional<target::Process> process_;
    std::filesystem::path folder_;  // to be thrown away; empty: none
};

}  // namespace station::hammer::talk
