#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <station/base/descriptor.hpp>
#include <station/ledger/proof/signature.hpp>
#include <utility>

namespace station::ledger {
namespace {

constexpr std::string_view kKeyFileBegin = "station ledger key v1 ";
constexpr std::size_t kKeyFileSize = kKeyFileBegin.size() + 2 * 64 + 2;
static_assert(crypto_sign_PUBLICKEYBYTES == PublicKey::kSize && crypto_sign_BYTES == Signature::kSize &&
              crypto_sign_SEEDBYTES == 32);

const unsigned char* unsigned_bytes(const std::byte* bytes) { return reinterpret_cast<const unsigned char*>(bytes); }
unsigned char* unsigned_bytes(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
const unsigned char* unsigned_bytes(std::string_view text) { return unsigned_bytes(log::as_bytes(text).data()); }

// Before the first random bits; as often as one likes, from any thread.
bool sodium_is_ready() { return sodium_init() >= 0; }

tl::unexpected<Error> system_trouble(const std::filesystem::path& file, int error_number) {
    return failed(log::system_error(error_number), file.string());
}

// Text that a secret stands in.
class SecretText {
  public:
    explicit SecretText(std::size_t size) : text_(size, '\0') {}
    SecretText(const SecretText&) = delete;
    SecretText& operator=(const SecretText&) = delete;
    ~SecretText() { sodium_memzero(text_.data(), text_.size()); }
    char* data() { return text_.data(); }
    std::string_view view() const { return text_; }

  private:
    std::string text_;
};

int write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

int sync_folder_of(const std::filesystem::path& file) {
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    const base::Descriptor opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    return opened && ::fsync(opened.get()) == 0 ? 0 : errno;
}

// Made, or not there at all. What is behind a link is never written either (O_EXCL).
Result<void> write_new_file(const std::filesystem::path& file, std::string_view text) {
    const base::Descriptor opened{::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)};
    if (!opened) return system_trouble(file, errno);
    int error = ::fchmod(opened.get(), S_IRUSR | S_IWUSR) == 0 ? 0 : errno;
    if (error == 0) error = write_all(opened.get(), text);
    if (error == 0) error = ::fsync(opened.get()) == 0 ? 0 : errno;
    if (error == 0) error = sync_folder_of(file);
    if (error == 0) return {};
    ::unlink(file.c_str());
    return system_trouble(file, error);
}

// The file's text; empty where it is no file, or of another size than a key's.
Result<std::size_t> read_key_file(const std::filesystem::path& file, SecretText& into) {
    // Not to wait for the other end of a pipe.
    const base::Descriptor opened{::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    if (!opened) return system_trouble(file, errno);
    struct stat status {};
    if (::fstat(opened.get(), &status) != 0) return system_trouble(file, errno);
    if (!S_ISREG(status.st_mode) || status.st_size != static_cast<off_t>(kKeyFileSize)) return 0;
    const ssize_t got = ::pread(opened.get(), into.data(), kKeyFileSize, 0);
    if (got < 0) return system_trouble(file, errno);
    return static_cast<std::size_t>(got);
}

}  // namespace

struct SigningKey::Secret {
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> bytes{};  // the seed, and the public half behind it
    Secret() = default;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { sodium_memzero(bytes.data(), bytes.size()); }
};

std::optional<PublicKey> PublicKey::from_hex(std::string_view text) {
    if (text.size() != 2 * kSize) return std::nullopt;
    const auto bytes = ledger::from_hex(text);
    if (!bytes) return std::nullopt;
    PublicKey key;
    std::ranges::copy(log::as_bytes(*bytes), key.bytes.begin());
    return key;
}

bool Signature::holds_for(std::string_view text) const {
    return crypto_sign_verify_detached(unsigned_bytes(bytes.data()), unsigned_bytes(text), text.size(),
                                       unsigned_bytes(key.bytes.data())) == 0;
}

Result<SigningKey> SigningKey::generate(const std::filesystem::path& file) {
    if (!sodium_is_ready()) return failed(std::make_error_code(std::errc::function_not_supported), "libsodium");
    const auto secret = std::make_shared<Secret>();
    PublicKey key;
    crypto_sign_keypair(unsigned_bytes(key.bytes.data()), secret->bytes.data());

    SecretText text{kKeyFileSize};
    char* at = std::ranges::copy(kKeyFileBegin, text.data()).out;
    // Seed and public half, with a space in place of the zero that is written behind the first.
    sodium_bin2hex(at, 2 * 32 + 1, secret->bytes.data(), 32);
    at += 2 * 32;
    *at++ = ' ';
    at = std::ranges::copy(key.to_hex(), at).out;
    *at = '\n';
    if (auto written = write_new_file(file, text.view()); !written) return tl::unexpected(std::move(written.error()));
    return SigningKey{secret};
}

Result<SigningKey> SigningKey::load(const std::filesystem::path& file) {
    SecretText content{kKeyFileSize};
    const auto got = read_key_file(file, content);
    if (!got) return tl::unexpected(got.error());
    const auto bad = [&] { return failed(Errc::bad_key_file, file.string()); };
    const std::string_view text = content.view();
    if (*got != kKeyFileSize || !text.starts_with(kKeyFileBegin) || !text.ends_with('\n')) return bad();

    const std::string_view halves = text.substr(kKeyFileBegin.size());
    const auto expected = PublicKey::from_hex(halves.substr(2 * 32 + 1, 2 * 32));
    std::array<unsigned char, crypto_sign_SEEDBYTES> seed{};
    std::size_t size = 0;
    const bool is_seed =
        sodium_hex2bin(seed.data(), seed.size(), halves.data(), 2 * 32, nullptr, &size, nullptr) == 0 && size == 32;
    if (!is_seed || !expected || halves[std::size_t{2} * 32] != ' ') return bad();
    const auto secret = std::make_shared<Secret>();
    PublicKey key;
    crypto_sign_seed_keypair(unsigned_bytes(key.bytes.data()), secret->bytes.data(), seed.data());
    sodium_memzero(seed.data(), seed.size());
    if (key != *expected) return bad();
    return SigningKey{secret};
}

PublicKey SigningKey::public_key() const {
    PublicKey key;
    std::copy_n(reinterpret_cast<const std::byte*>(secret_->bytes.data()) + crypto_sign_SEEDBYTES, PublicKey::kSize,
                key.bytes.begin());
    return key;
}

Signature SigningKey::sign(std::string_view text) const {
    Signature signature;
    signature.key = public_key();
    crypto_sign_detached(unsigned_bytes(signature.bytes.data()), nullptr, unsigned_bytes(text), text.size(),
                         secret_->bytes.data());
    return signature;
}

std::string receipt_text(const log::EventId& event_id, std::uint64_t global_sequence, const Hash& event_hash) {
    return "station receipt v1\n" + event_id.to_text() + '\n' + std::to_string(global_sequence) + '\n' +
           event_hash.to_hex() + '\n';
}

}  // namespace station::ledger
