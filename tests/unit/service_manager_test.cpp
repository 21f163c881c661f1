#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <station/base/descriptor.hpp>
#include <station/base/service_manager.hpp>
#include <string>
#include <system_error>

#include "catch.hpp"

namespace station::base {
namespace {

// $NOTIFY_SOCKET for as long as a case runs.
class Named {
  public:
    explicit Named(const std::string& name) { ::setenv("NOTIFY_SOCKET", name.c_str(), 1); }
    Named(const Named&) = delete;
    Named& operator=(const Named&) = delete;
    ~Named() { ::unsetenv("NOTIFY_SOCKET"); }
};

// The manager's side, at the name that $NOTIFY_SOCKET would have.
class Manager {
  public:
    explicit Manager(const std::string& name)
        : socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)} {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        REQUIRE(name.size() < sizeof address.sun_path);
        std::memcpy(address.sun_path, name.data(), name.size());
        const bool abstract = name.front() == '@';
        if (abstract) address.sun_path[0] = '\0';
        const std::size_t size = abstract ? offsetof(sockaddr_un, sun_path) + name.size() : sizeof address;
        REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size)) == 0);
    }

    // One datagram, which is there already: who sends one to a socket of this machine has put it into its queue.
    std::string heard() {
        char words[256];
        const ssize_t size = ::recv(socket_.get(), words, sizeof words, 0);
        return size < 0 ? "nothing" : std::string(words, static_cast<std::size_t>(size));
    }

  private:
    Descriptor socket_;
};

std::string own_name(const char* what) { return "station-" + std::string{what} + "-" + std::to_string(::getpid()); }

TEST_CASE("service manager: where nobody is named, nobody is told, and that is no error") {
    ::unsetenv("NOTIFY_SOCKET");
    CHECK(!tell_service_manager("READY=1"));
    const Named named{""};
    CHECK(!tell_service_manager("READY=1"));
}

TEST_CASE("service manager: each call is one datagram to the path that is named") {
    const std::filesystem::path path = std::filesystem::temp_directory_path() / own_name("path");
    const Named named{path.string()};
    Manager manager{path.string()};
    CHECK(!tell_service_manager("READY=1\nSTATUS=here"));
    CHECK(!tell_service_manager("STOPPING=1"));
    CHECK(manager.heard() == "READY=1\nSTATUS=here");
    CHECK(manager.heard() == "STOPPING=1");
    CHECK(manager.heard() == "nothing");
    std::filesystem::remove(path);
}

TEST_CASE("service manager: a name that begins with @ has no file") {
    const std::string name = "@" + own_name("abstract");
    const Named named{name};
    Manager manager{name};
    CHECK(!tell_service_manager("READY=1"));
    CHECK(manager.heard() == "READY=1");
}

TEST_CASE("service manager: the longest path that an address takes, and one byte more") {
    const std::string folder = std::filesystem::temp_directory_path().string() + "/";
    std::string path = folder + own_name("long");
    path.resize(sizeof(sockaddr_un::sun_path) - 1, 'x');
    {
        const Named named{path};
        Manager manager{path};
        CHECK(!tell_service_manager("READY=1"));
        CHECK(manager.heard() == "READY=1");
    }
    const Named named{path + "x"};
    CHECK(tell_service_manager("READY=1") == std::errc::filename_too_long);
    std::filesystem::remove(path);
}

TEST_CASE("service manager: what can't be told is an error") {
    {
        const Named named{(std::filesystem::temp_directory_path() / own_name("nobody")).string()};
        CHECK(tell_service_manager("READY=1") == std::errc::no_such_file_or_directory);
    }
    const Named named{"vsock:2:1"};
    CHECK(tell_service_manager("READY=1") == std::errc::address_family_not_supported);
}

}  // namespace
}  // namespace station::base
