// `station chat …`: what is done to a chat's folder while no server runs on it.
#pragma once

#include <cstdint>
#include <string>

namespace station::final_station {

struct ChatOptions {
    std::string dir = "data";  // of the station; the chat lies in its chat/
    bool json = false;
};

// Throws the tables away, and makes them again from the ledger.
int rebuild_chat(const ChatOptions& options);

struct ChatSeed {
    std::uint64_t users = 50;
    std::uint64_t rooms = 10;    // closed ones, beside the first, which is open
    std::uint64_t members = 50;  // of each of them, at most
    std::uint64_t messages = 10'000;
    std::uint64_t characters = 60;  // of each
    std::string password = "station-seed";
};
// Accounts, rooms and messages to try a chat with; a chat that has accounts already is left alone.
int seed_chat(const ChatOptions& options, const ChatSeed& seed);

// A sign-in code for an administrator who has forgotten the password.
int let_admin_in(const ChatOptions& options, const std::string& login, const std::string& url);

}  // namespace station::final_station
