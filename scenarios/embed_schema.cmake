# Writes the text of scenario.schema.json into a C++ source: cmake -D INPUT=... -D OUTPUT=... -P embed_schema.cmake
# As bytes, because compilers limit the length of one literal.
file(READ "${INPUT}" text HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${text}")
file(WRITE "${OUTPUT}" "#include \"scenarios/schema_walker.hpp\"\n
namespace halfwrite::scenarios {\n
namespace {\n
constexpr unsigned char bytes[] = {${bytes}};\n
}  // namespace\n
std::string_view schema_text() { return {reinterpret_cast<const char*>(bytes), sizeof bytes}; }\n
}  // namespace halfwrite::scenarios\n")
