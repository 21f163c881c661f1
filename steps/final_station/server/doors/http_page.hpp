// The page's files as routes: each of them plain, and gzip-coded for who prefers that, compressed once.
#pragma once

#include "http_routes.hpp"
#include "ui/ui.hpp"

namespace station::final_station {

// Compresses the file, which must stay. Nothing but a larger file comes of some; they go out plain, whatever is asked.
HttpRoute::AtOnce page_handler(const UiFile& file);

}  // namespace station::final_station
