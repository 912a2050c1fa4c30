# Writes OUTPUT: INPUT with the nodes of all services added in the order of the services' addresses.
file(READ "${INPUT}" text)
set(one_by_one "    services_.back()->add_nodes();\n")
set(afterwards "  workload_ =\n")
set(by_pointer "  std::set<service::Deployment*> by_pointer;
  for (const auto& deployment : services_) by_pointer.insert(deployment.get());
  for (service::Deployment* deployment : by_pointer) deployment->add_nodes();\n")
foreach(line IN ITEMS one_by_one afterwards)
  string(FIND "${text}" "${${line}}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "the line to change is not in ${INPUT} any more: ${${line}}")
  endif()
endforeach()
string(REPLACE "${one_by_one}" "" text "${text}")
string(REPLACE "${afterwards}" "${by_pointer}${afterwards}" text "${text}")
file(WRITE "${OUTPUT}" "#include <set>\n${text}")
