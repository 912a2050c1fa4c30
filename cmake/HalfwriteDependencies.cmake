# Everything comes from Debian 12 by name; `./dev` installs it.
find_package(Boost 1.81 REQUIRED COMPONENTS context program_options)
find_package(SQLite3 REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Catch2 2 REQUIRED)
find_package(Threads REQUIRED)
find_package(PostgreSQL REQUIRED)

find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
find_library(XXHASH_LIBRARY xxhash REQUIRED)
add_library(halfwrite_xxhash INTERFACE)
target_include_directories(halfwrite_xxhash SYSTEM INTERFACE "${XXHASH_INCLUDE_DIR}")
target_link_libraries(halfwrite_xxhash INTERFACE "${XXHASH_LIBRARY}")

# A tenth of a run's instructions are memory's. Without the library the C library's own serves.
add_library(halfwrite_allocator INTERFACE)
find_library(MIMALLOC_LIBRARY mimalloc)
if(MIMALLOC_LIBRARY AND NOT HALFWRITE_SANITIZERS)
  target_link_libraries(halfwrite_allocator INTERFACE "${MIMALLOC_LIBRARY}")
endif()

find_path(PG_QUERY_INCLUDE_DIR pg_query.h REQUIRED)
find_library(PG_QUERY_LIBRARY pg_query REQUIRED)
add_library(halfwrite_pg_query INTERFACE)
target_include_directories(halfwrite_pg_query SYSTEM INTERFACE "${PG_QUERY_INCLUDE_DIR}")
target_link_libraries(halfwrite_pg_query INTERFACE "${PG_QUERY_LIBRARY}" Threads::Threads)
