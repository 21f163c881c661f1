// Catch2 by whichever name this system has it: version 2 on Debian 12, version 3 later.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
