# One target per room. A room's sources are all .cpp files of its folder; a new concept is a new file, and no list to edit.
add_library(halfwrite_options INTERFACE)
target_compile_features(halfwrite_options INTERFACE cxx_std_20)
target_include_directories(halfwrite_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(halfwrite_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wextra-semi -Werror
  # GCC 12 sees overlapping copies in `"text" + std::string` where there are none (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)

option(HALFWRITE_SANITIZERS "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
if(HALFWRITE_SANITIZERS)
  target_compile_options(halfwrite_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
    # What the sanitizers add makes GCC 12 see uninitialised members in std::function.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(halfwrite_options INTERFACE -fsanitize=address,undefined)
  target_compile_definitions(halfwrite_options INTERFACE HALFWRITE_SANITIZERS)
endif()

# Only the rooms that read what people write are instrumented: coverage steers towards odd input there and not
# into the models. The sanitizer builds replay the corpora with everything instrumented.
option(HALFWRITE_FUZZ "Build the fuzzers of tests/fuzz: Clang's libFuzzer with both sanitizers" OFF)
set(halfwrite_fuzzed_rooms sql scenarios)
set(halfwrite_fuzz_options
  -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=null,vptr,alignment,object-size
  -fno-sanitize-recover=all -fno-omit-frame-pointer)

# For folders whose code runs once where a model runs a million times, and is compiled often.
function(halfwrite_compile_fast)
  add_compile_options($<$<CONFIG:Release>:-O1>)
endfunction()

# halfwrite_room(NAME FOLDER dir BELOW targets... LIBRARIES targets...)
function(halfwrite_room name)
  cmake_parse_arguments(ROOM "" "" "BELOW;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  if(sources)
    add_library(halfwrite_${name} STATIC ${sources})
    target_link_libraries(halfwrite_${name} PUBLIC halfwrite_options)
    set(scope PUBLIC)
  else()
    add_library(halfwrite_${name} INTERFACE)
    target_link_libraries(halfwrite_${name} INTERFACE halfwrite_options)
    set(scope INTERFACE)
  endif()
  if(HALFWRITE_FUZZ AND name IN_LIST halfwrite_fuzzed_rooms)
    target_compile_options(halfwrite_${name} PRIVATE ${halfwrite_fuzz_options})
  endif()
  foreach(below IN LISTS ROOM_BELOW)
    target_link_libraries(halfwrite_${name} ${scope} halfwrite_${below})
  endforeach()
  target_link_libraries(halfwrite_${name} ${scope} ${ROOM_LIBRARIES})
endfunction()
