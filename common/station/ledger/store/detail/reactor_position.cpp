#include <station/ledger/store/detail/reactor_position.hpp>
#include <station/ledger/wire/message_pack.hpp>
#include <station/log/layout.hpp>

namespace station::ledger::detail {
namespace {

void write_text(PackWriter& writer, const std::optional<std::string>& text) {
    text ? writer.string(*text) : writer.nil();
}

void write_number(PackWriter& writer, const std::optional<std::uint64_t>& number) {
    number ? writer.unsigned_integer(*number) : writer.nil();
}

Hash hash_of_owner(std::string_view name, const Region& region) {
    std::vector<std::byte> bytes;
    PackWriter writer{bytes};
    writer.string(name);
    for (const auto* const text : {&region.entity, &region.prefix, &region.scope}) write_text(writer, *text);
    write_number(writer, region.kind ? std::optional<std::uint64_t>{region.kind->bits()} : std::nullopt);
    write_number(writer, region.category);
    write_number(writer, region.sequences ? std::optional{region.sequences->first} : std::nullopt);
    write_number(writer, region.sequences ? std::optional{region.sequences->second} : std::nullopt);
    return blake3(bytes);
}

}  // namespace

ReactorPosition::ReactorPosition(Core& core, std::string_view name, const Region& region)
    : core_(core), owner_(hash_of_owner(name, region)) {
    const StoreConfig& config = core.config();
    if (config.dir.empty()) return;
    // A name may be anything, a file's name may not.
    const std::string file = blake3(log::as_bytes(name)).to_hex().substr(0, 32);
    file_ = config.dir / log::kTopicsFolder / core.topic().name() / "reactors" / file;
}

std::uint64_t ReactorPosition::load() const {
    if (file_.empty()) return 0;
    log::Disk& disk = core_.config().disk != nullptr ? *core_.config().disk : log::posix_disk();
    const auto text = log::read_whole(disk, file_);
    if (!text || text->size() < Hash::kSize) return 0;
    const Bytes bytes = log::as_bytes(*text);
    const Bytes body = bytes.first(bytes.size() - Hash::kSize);
    if (blake3(body) != Hash::from_bytes(bytes.last(Hash::kSize))) return 0;
    PackReader reader{body};
    const Bytes owner = reader.binary();
    const std::uint64_t position = reader.unsigned_integer();
    const std::uint64_t witness = reader.unsigned_integer();
    const Bytes hash = reader.binary();
    if (!reader.ok() || !reader.at_end() || owner.size() != Hash::kSize || hash.size() != Hash::kSize) return 0;
    if (Hash::from_bytes(owner) != owner_) return 0;
    const auto end = core_.end();
    if (!end || witness >= *end || core_.index().hidden(static_cast<Global>(witness))) return 0;
    const auto event = core_.read(static_cast<Global>(witness));
    return event && (*event)->event_hash == Hash::from_bytes(hash) ? position : 0;
}

void ReactorPosition::store(std::uint64_t position, const Witness& witness) const {
    if (file_.empty()) return;
    log::Disk& disk = core_.config().disk != nullptr ? *core_.config().disk : log::posix_disk();
    std::vector<std::byte> bytes;
    PackWriter writer{bytes};
    writer.binary(owner_.bytes);
    writer.unsigned_integer(position);
    writer.unsigned_integer(witness.global_sequence);
    writer.binary(witness.event_hash.bytes);
    const Hash check = blake3(bytes);
    bytes.insert(bytes.end(), check.bytes.begin(), check.bytes.end());
    auto error = log::replace_unsynced(disk, file_, bytes);
    if (error == std::errc::no_such_file_or_directory && !disk.create_folders(file_.parent_path())) {
        error = log::replace_unsynced(disk, file_, bytes);
    }
    if (error && core_.config().logger) {
        core_.config().logger(log::Severity::warning, "a reactor's position is not kept: " + error.message());
    }
}

}  // namespace station::ledger::detail
