right("vector-and-ordered-map", edits=[
    ("#include <memory>\n", "#include <map>\n#include <memory>\n"),
    ("#include <station/wire/request.hpp>\n", "#include <station/wire/request.hpp>\n#include <vector>\n"),
    ("count_(shards), shards_(std::make_unique<Shard[]>(shards)) {}", "shards_(shards) {}"),
    ("        UserMap<std::int64_t> balances;\n",
     "        std::map<std::string, std::int64_t, std::less<>> balances;\n"),
    ("""        return shards_[StringHash{}(user) % count_]; }

    std::size_t count_;
    std::unique_ptr<Shard[]> shards_;
""".replace("        return", "return"), """return shards_[std::hash<std::string_view>{}(user) % shards_.size()]; }

    mutable std::vector<Shard> shards_;
"""),
])

right("hash-of-its-own", edits=[
    ("return shards_[StringHash{}(user) % count_];", """
        std::uint64_t hash = 14695981039346656037u;  // FNV-1a
        for (const char byte : user) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211u;
        return shards_[(hash >> 7) % count_];
   """),
    ("        const std::unique_lock lock{shard.mutex};\n",
     "        std::lock_guard<std::shared_mutex> lock(shard.mutex);\n"),
    ("""        return look(found == shard.balances.end() ? std::int64_t{0} : found->second);
""", """        std::int64_t balance = 0;
        if (found != shard.balances.end()) balance = found->second;
        return std::forward<Look>(look)(balance);
"""),
])

right("shards-of-pointers", edits=[
    ("#include <station/wire/request.hpp>\n", "#include <station/wire/request.hpp>\n#include <vector>\n"),
    ("count_(shards), shards_(std::make_unique<Shard[]>(shards)) {}", """count_(shards) {
        for (std::size_t i = 0; i < shards; ++i) shards_.push_back(std::make_unique<Shard>());
    }"""),
    ("    std::unique_ptr<Shard[]> shards_;\n", "    std::vector<std::unique_ptr<Shard>> shards_;\n"),
    ("return shards_[StringHash{}(user) % count_];", "return *shards_[StringHash{}(user) % count_];"),
    ("        std::int64_t& balance = shard.balances[event.user];\n",
     "        auto& balance = shard.balances.emplace(event.user, 0).first->second;\n"),
])
