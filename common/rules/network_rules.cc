#include "common/rules/families.h"

namespace fleet {

std::vector<Rule> NetworkRules() {
  return {
      {"MCP_UNREACHABLE", 125, "mcp", Severity::kP2, "",
       "An enabled MCP server of the configuration cannot be used: the program of a local one is missing or may not be "
       "run, or a remote one does not answer as an MCP server does. dgmo works without its tools.",
       "Install the program or correct its name, or start the remote server; disable the entry when it is not needed. "
       "`dgmo-agent mcp` asks all of them.",
       "", false, ""},
      {"PORT_CONFLICT", 124, "machine", Severity::kP1, "P3 for the ports of dgmo itself, 5747 and 4096",
       "A program that has nothing to do with dgmo listens on a port that Qdrant or dgmo needs. Qdrant cannot start "
       "there, and dgmo's memory talks to the wrong program.",
       "Stop that program or give it another port, then start Qdrant again.", "R-PORT", false, ""},
      {"DNS_LOCALHOST", 126, "machine", Severity::kP2, "",
       "The name localhost does not lead to this machine's own services: it resolves to nothing, to another address, "
       "or "
       "only to ::1 while Qdrant listens on 127.0.0.1.",
       "Let /etc/hosts have the lines \"127.0.0.1 localhost\" and \"::1 localhost\", or put 127.0.0.1 into the "
       "configuration.",
       "", false, ""},
      {"FIREWALL_BLOCK", 127, "machine", Severity::kP2, "",
       "A service listens, but connections to it from this same machine are not answered: a packet filter drops what "
       "goes over the loopback interface.",
       "Let the filter accept everything on the interface lo. Do not open the port to the network.", "", false, ""},
  };
}

}  // namespace fleet
