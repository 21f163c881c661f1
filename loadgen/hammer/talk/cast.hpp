// The people of a run: signed in one after the other, as the chat hashes one password at a time, with the rooms each of
// them is in. Immutable once signed in.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <loadgen/hammer/talk/plan.hpp>
#include <span>
#include <station/base/addresses.hpp>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace station::hammer::talk {

struct Account {
    std::string login;
    std::string cookie;
    std::vector<std::uint32_t> rooms;  // places in Cast::rooms
};

struct Cast {
    std::vector<Account> accounts;
    std::vector<std::string> rooms;  // ids
};

// How far something is, in words; from the thread that called.
using Say = std::function<void(const std::string& how_far)>;

// user1 to as many as the plan needs. An account's rooms are the closed ones, or, where it is in none, all.
tl::expected<Cast, std::string> sign_in(const Plan& plan, const net::Endpoint& server,
                                        std::span<const base::Address> addresses, const std::atomic<bool>& interrupted,
                                        const Say& say);

}  // namespace station::hammer::talk
