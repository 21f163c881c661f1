# Files compiled in: the page as it is, and a folder of odd ones.
station_embed_ui(ui_fixture "${CMAKE_CURRENT_SOURCE_DIR}/ui_fixture" every_byte.js index.html nothing.css)
station_unit_test(ui SOURCES ui_test.cpp LINK station_ui)
target_compile_definitions(unit_ui PRIVATE STATION_UI="${PROJECT_SOURCE_DIR}/steps/final_station/ui")
station_unit_test(ui_fixture SOURCES ui_fixture_test.cpp LINK ui_fixture)
target_compile_definitions(unit_ui_fixture PRIVATE STATION_UI="${CMAKE_CURRENT_SOURCE_DIR}/ui_fixture")
