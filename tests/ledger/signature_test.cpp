#include "log_support.hpp"
#include "random.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch.hpp>
#include <fstream>
#include <set>
#include <station/ledger/proof/head.hpp>
#include <station/ledger/proof/signature.hpp>

using namespace station::ledger;
using station::log::Path;
using station::test::Random;
using station::test::TemporaryFolder;

namespace {

std::string content_of(const Path& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

Path write(const Path& path, std::string_view text) {
    std::ofstream{path} << text;
    return path;
}

// RFC 8032, section 7.1, test 1: seed, public half, and the signature of nothing.
constexpr std::string_view kSeed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr std::string_view kPublic = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
constexpr std::string_view kSignature =
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
    "655141438e7a100b";

std::string key_line(std::string_view seed, std::string_view half) {
    return "station ledger key v1 " + std::string{seed} + ' ' + std::string{half} + '\n';
}

Head some_head() {
    return {"ledger",
            station::log::EventId::from_text("01890a5d-ac96-774b-bcce-b302099a8057"),
            7,
            blake3(station::log::as_bytes("root")),
            {}};
}

}  // namespace

TEST_CASE("a key file is made once, for its owner alone, and read again") {
    const TemporaryFolder folder;
    const Path path = folder.path() / "key";
    ::umask(0);
    const auto made = SigningKey::generate(path);
    REQUIRE(made);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    const std::string text = content_of(path);
    CHECK(text.starts_with("station ledger key v1 "));
    CHECK(text.ends_with(" " + made->public_key().to_hex() + "\n"));

    const auto again = SigningKey::generate(path);
    REQUIRE_FALSE(again);
    CHECK(again.error().code == std::errc::file_exists);
    CHECK(again.error().message().find(path.string()) == 0);
    CHECK(content_of(path) == text);
    // What a link leads to is not written either.
    const Path link = folder.path() / "link";
    std::filesystem::create_symlink(folder.path() / "elsewhere", link);
    CHECK_FALSE(SigningKey::generate(link));
    CHECK_FALSE(std::filesystem::exists(folder.path() / "elsewhere"));

    const auto loaded = SigningKey::load(path);
    REQUIRE(loaded);
    CHECK(loaded->public_key() == made->public_key());
    CHECK(loaded->sign("x").holds_for("x"));
    CHECK(loaded->sign("x") == made->sign("x"));
    CHECK(SigningKey::generate(folder.path() / "other")->public_key() != made->public_key());
}

TEST_CASE("a key file that is none is refused with words") {
    const TemporaryFolder folder;
    const Path path = folder.path() / "key";
    CHECK(SigningKey::load(path).error().code == std::errc::no_such_file_or_directory);
    CHECK(SigningKey::load(path).error().where == path.string());
    CHECK(SigningKey::generate(folder.path() / "none" / "key").error().code == std::errc::no_such_file_or_directory);
    CHECK(SigningKey::load(folder.path()).error().code == Errc::bad_key_file);
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK(SigningKey::load(path).error().code == Errc::bad_key_file);
    std::filesystem::remove(path);

    const std::string good = key_line(kSeed, kPublic);
    REQUIRE(SigningKey::load(write(path, good)));
    if (::geteuid() != 0) {
        ::chmod(path.c_str(), 0);
        CHECK(SigningKey::load(path).error().code == std::errc::permission_denied);
        ::chmod(path.c_str(), 0600);
    }
    for (const std::string& text :
         {std::string{}, std::string{"\n"}, std::string{kSeed}, good.substr(0, good.size() - 1), good + "\n",
          " " + good, std::string(good.size(), '\0'), std::string(1 << 20, 'a'), key_line(kPublic, kPublic),
          key_line(kSeed, kSeed)}) {
        CAPTURE(text.substr(0, 40));
        CHECK(SigningKey::load(write(path, text)).error().code == Errc::bad_key_file);
    }
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            std::string text = good;
            text[i] = static_cast<char>(text[i] ^ 1 << bit);
            const auto key = SigningKey::load(write(path, text));
            // A digit in upper case is the same digit.
            if (key) CHECK((key->public_key().to_hex() == kPublic && std::isupper(text[i]) != 0));
        }
    }
}

TEST_CASE("signatures are those of RFC 8032") {
    const TemporaryFolder folder;
    const auto key = SigningKey::load(write(folder.path() / "key", key_line(kSeed, kPublic)));
    REQUIRE(key);
    const Signature signature = key->sign("");
    CHECK(to_hex(signature.bytes) == kSignature);
    CHECK(signature.key.to_hex() == kPublic);
    CHECK(signature.holds_for(""));
    CHECK_FALSE(signature.holds_for("x"));
    CHECK(PublicKey::from_hex(kPublic) == key->public_key());
    CHECK_FALSE(PublicKey::from_hex(kPublic.substr(1)));
    CHECK_FALSE(PublicKey::from_hex(kSignature));
    CHECK_FALSE(PublicKey::from_hex(std::string(64, 'g')));
}

TEST_CASE("no changed signature, key or text holds") {
    const TemporaryFolder folder;
    const auto key = SigningKey::generate(folder.path() / "key");
    REQUIRE(key);
    const std::string text = some_head().signed_text();
    const Signature good = key->sign(text);
    REQUIRE(good.holds_for(text));
    bool refused = true;
    for (std::size_t i = 0; i < Signature::kSize; ++i) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            Signature changed = good;
            changed.bytes[i] ^= static_cast<std::byte>(1u << bit);
            refused = refused && !changed.holds_for(text);
            if (i >= PublicKey::kSize) continue;
            changed = good;
            changed.key.bytes[i] ^= static_cast<std::byte>(1u << bit);
            refused = refused && !changed.holds_for(text);
        }
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string changed = text;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        refused = refused && !good.holds_for(changed);
    }
    CHECK(refused);

    // The same number a second time: S + L, L the group's order (RFC 8032, 5.1.7 wants S below L).
    constexpr unsigned char kOrder[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                          0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                          0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
    Signature second = good;
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        carry += std::to_integer<unsigned>(good.bytes[32 + i]) + kOrder[i];
        second.bytes[32 + i] = static_cast<std::byte>(carry & 0xFF);
        carry >>= 8;
    }
    CHECK_FALSE(second.holds_for(text));
}

// For a key of small order one signature holds for many texts: R the neutral element, S zero.
TEST_CASE("a key of small order signs nothing") {
    const std::string zeros(62, '0');
    for (const std::string& point : {"00" + zeros, "01" + zeros, "ec" + std::string(60, 'f') + "7f",
                                     "ed" + std::string(60, 'f') + "7f", "ee" + std::string(60, 'f') + "7f",
                                     std::string{"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"},
                                     std::string{"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"},
                                     std::string{"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"},
                                     std::string{"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"}}) {
        CAPTURE(point);
        Signature forged;
        forged.key = PublicKey::from_hex(point).value();
        bool refused = true;
        for (const std::string& r : {"01" + zeros, point}) {
            std::ranges::copy(PublicKey::from_hex(r)->bytes, forged.bytes.begin());
            for (int i = 0; i < 64; ++i) refused = refused && !forged.holds_for("text " + std::to_string(i));
        }
        CHECK(refused);
    }
}

TEST_CASE("what is signed for a head and for a receipt") {
    Head head = some_head();
    CHECK(head.signed_text() == "station head v1\nledger\n01890a5d-ac96-774b-bcce-b302099a8057\n7\n" +
                                    blake3(station::log::as_bytes("root")).to_hex() + "\n");
    head.origin.reset();
    head.size = 0;
    head.root = blake3({});
    CHECK(head.signed_text() == "station head v1\nledger\n\n0\n" + head.root.to_hex() + "\n");
    CHECK(receipt_text(*some_head().origin, 18'446'744'073'709'551'615u, head.root) ==
          "station receipt v1\n01890a5d-ac96-774b-bcce-b302099a8057\n18446744073709551615\n" + head.root.to_hex() +
              "\n");
}

TEST_CASE("a head's signature is its own, and of whom one trusts") {
    const TemporaryFolder folder;
    const auto key = SigningKey::generate(folder.path() / "key");
    const auto other = SigningKey::generate(folder.path() / "other");
    REQUIRE((key && other));
    Head head = some_head();
    CHECK(check_signature(head));
    CHECK(check_signature(head, key->public_key()).error().where == "the head is not signed");
    head.sign(*key);
    CHECK(check_signature(head));
    CHECK(check_signature(head, key->public_key()));
    CHECK(check_signature(head, other->public_key()).error().where == "the head is signed with another key");
    const auto wrong = [&](const auto& change) {
        Head changed = head;
        change(changed);
        const auto checked = check_signature(changed);
        return !checked && checked.error().code == Errc::bad_proof &&
               checked.error().where == "the head's signature is wrong";
    };
    CHECK(wrong([](Head& one) { one.ledger = "ledges"; }));
    CHECK(wrong([](Head& one) { one.origin.reset(); }));
    CHECK(wrong([](Head& one) { one.origin = station::log::EventId{}; }));
    CHECK(wrong([](Head& one) { one.size = 8; }));
    CHECK(wrong([](Head& one) { one.root.bytes[31] ^= std::byte{1}; }));
    CHECK(wrong([&](Head& one) { one.signature->key = other->public_key(); }));
    CHECK(wrong([&](Head& one) { one.signature->bytes = other->sign(one.signed_text()).bytes; }));
    CHECK(wrong([&](Head& one) { one.signature = key->sign(receipt_text(*one.origin, one.size, one.root)); }));
}
