#include <algorithm>
#include <station/ledger/store/detail/index_writer.hpp>
#include <station/log/detail/crc32c.hpp>

namespace station::ledger::detail {

PartWriter::PartWriter(log::File& file, Global from, Global to) : file_(file) {
    header_.from = from;
    header_.to = to;
    piece_.reserve(kPiece);
}

void PartWriter::end_section() {
    if (section_ < kSections) header_.sections[section_].size = in_section();
}

void PartWriter::begin(Section section, std::size_t alignment) {
    end_section();
    static constexpr std::byte zeros[kHeaderSize]{};
    write(Bytes{zeros}.first((alignment - at_ % alignment) % alignment));
    section_ = static_cast<std::size_t>(section);
    header_.sections[section_].offset = at_;
}

void PartWriter::write(Bytes bytes) {
    while (!bytes.empty()) {
        const std::size_t part = std::min(bytes.size(), kPiece - piece_.size());
        piece_.insert(piece_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(part));
        at_ += part;
        bytes = bytes.subspan(part);
        if (piece_.size() == kPiece) flush();
    }
}

void PartWriter::name(std::string_view name) {
    number(static_cast<std::uint8_t>(name.size()));
    write(log::as_bytes(name));
}

void PartWriter::flush() {
    if (piece_.empty()) return;
    if (!error_) error_ = file_.write_at(at_ - piece_.size(), piece_);
    sums_.resize(sums_.size() + 4);
    log::store_little(sums_.data() + sums_.size() - 4, log::crc32c(piece_));
    piece_.clear();
}

std::error_code PartWriter::finish(const PartEnd& end, std::uint64_t new_entities) {
    end_section();
    flush();
    header_.end = end;
    header_.new_entities = new_entities;
    header_.file_size = at_;
    header_.checksum = log::crc32c(sums_);
    if (!error_) error_ = file_.write_at(0, header_.encode());
    return error_;
}

void IdWriter::add(const IdHead& id) {
    block_.push_back(id);
    if (block_.size() == kIdBlock) flush();
}

// Numbered where it can be; `words` are those of the narrow forms.
IdForm IdWriter::form(std::vector<std::uint32_t>& words) const {
    const IdHead& first = block_.front();
    for (const IdHead& id : block_) {
        const auto number = number_between(first, id);
        if (!number) break;
        words.push_back(*number);
    }
    if (words.size() == block_.size()) return IdForm::numbered;
    words.clear();
    for (const IdHead& id : block_) {
        const std::uint64_t distance = id.prefix - first.prefix;
        if (distance > std::numeric_limits<std::uint32_t>::max()) return IdForm::wide;
        words.push_back(static_cast<std::uint32_t>(distance));
    }
    return IdForm::narrow;
}

void IdWriter::flush() {
    if (block_.empty()) return;
    const IdHead& first = block_.front();
    std::vector<std::uint32_t> words;
    words.reserve(block_.size());
    const IdForm form = this->form(words);
    blocks_.push_back(first.prefix);
    blocks_.push_back(std::uint64_t{first.next.value_or(0)} << 48 | writer_.in_section() / 4 << 2 |
                      static_cast<std::uint64_t>(form));
    if (form == IdForm::wide) {
        for (const IdHead& id : block_) writer_.number(id.prefix);
    } else {
        for (const std::uint32_t word : words) writer_.number(word);
    }
    block_.clear();
}

void IdWriter::write_blocks() {
    flush();
    writer_.begin(Section::id_blocks);
    for (const std::uint64_t number : blocks_) writer_.number(number);
}

DirectoryBuilder::DirectoryBuilder(std::uint64_t most)
    : bits_(most < 16 ? 0 : static_cast<unsigned>(std::bit_width(most / 16)) - 1),
      starts_((std::size_t{1} << bits_) + 1) {}

void DirectoryBuilder::write(PartWriter& writer) {
    std::uint32_t sum = 0;
    for (const std::uint32_t count : starts_) writer.number(sum += count);
}

void PostingPlace::write(PartWriter& writer) const {
    writer.number(offset);
    writer.number(size);
    writer.number(count);
}

}  // namespace station::ledger::detail
