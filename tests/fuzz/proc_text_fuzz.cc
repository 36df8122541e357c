// The texts of /proc hold names that anybody may choose.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/probe/acl.h"
#include "agent/probe/proc_text.h"
#include "agent/probe/secret_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fleet::agent;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ParseProcessStat(text);
  ParseCommandLine(text, 4);
  ParseOpenFileLimit(text);
  ParseMeminfo(text);
  ParseFullAvg60(text);
  ParseFileNr(text);
  ParseLoadAverages(text);
  ParseSocketLine(text, IpFamily::kIpv4);
  ParseSocketLine(text, IpFamily::kIpv6);
  if (const auto mount = ParseMountLine(text)) HasOption(mount->options, "ro");
  ParseKillRecord(text);
  NamesLocalhost(text);
  ParseAcl(text);
  HoldsSecret(text);
  return 0;
}
