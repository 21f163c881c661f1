// The page's files, compiled in from ui/ by the build.
#pragma once

#include <span>
#include <string_view>

namespace station::final_station {

struct UiFile {
    std::string_view path;  // "/app.js"
    std::string_view content_type;
    std::string_view body;
    std::string_view etag;  // quoted, changes with the body
};

std::span<const UiFile> ui_files();
std::span<const UiFile> chat_ui_files();  // "/chat/", "/chat/app.js", …

// nullptr for anything that is not exactly one of them; "/" is the page itself.
const UiFile* find_ui_file(std::string_view path);

}  // namespace station::final_station
