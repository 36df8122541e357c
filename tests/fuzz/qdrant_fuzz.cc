// The readers of what Qdrant and MCP servers answer, and of the agent's memory of counts, on any bytes: they never
// crash, numbers stay in range, texts are short and valid UTF-8, and what was read can be written and read again.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/checks/qdrant_target.h"
#include "agent/probe/count_memory.h"
#include "agent/probe/mcp_messages.h"
#include "agent/probe/qdrant_answers.h"
#include "agent/probe/qdrant_traces.h"
#include "common/http/http_client.h"
#include "common/utf8.h"

using namespace fleet::agent;

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsUtf8(std::string_view text) { return fleet::InvalidUtf8At(text) == std::string::npos; }

void CheckReply(int status, std::string_view text) {
  const QdrantReply reply = ParseReply(status, text);
  Require(reply.error.size() <= 200 && IsUtf8(reply.error));
  if (reply.kind != QdrantReply::Kind::kResult) return;
  if (const auto found = ParseCollection(reply.result)) {
    Require(IsUtf8(found->status) && IsUtf8(found->optimizer_error));
    for (const auto& [name, shape] : found->vectors) Require(shape.size >= 0 && IsUtf8(name) && IsUtf8(shape.distance));
  }
  if (const auto count = ParseCount(reply.result)) Require(*count >= 0);
  if (const auto sample = ParseSample(reply.result)) {
    Require(sample->without_document <= sample->points && sample->example_ids.size() <= 5);
    for (const std::string& id : sample->example_ids) Require(IsUtf8(id));
  }
  if (const auto vector = FirstVector(reply.result, "n")) Require(nlohmann::json::accept(*vector));
  (void)FirstVector(reply.result, "");
  (void)ParseCollectionNames(reply.result);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr int kStatuses[] = {200, 202, 400, 401, 403, 404, 429, 500, 503};
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  CheckReply(kStatuses[data[0] % std::size(kStatuses)], text);
  if (const auto version = ParseTitle(text)) Require(version->size() <= 200);
  (void)IsVersionAtLeast(text, 1, 10);
  (void)ParseManifestCount(text);
  (void)StoragePathIn(text);

  const CountMemory memory = ParseCountMemory(text);
  Require(ParseCountMemory(CountMemoryText(memory)) == memory);

  for (const char* type : {"application/json", "text/event-stream"}) {
    Require(ParseMcpBody(type, text, kPingId).protocol_version.size() <= 32);
  }
  const std::string url(text.substr(0, text.find('\0')));
  Require(fleet::PlainUrl(url).find('@') == std::string::npos || url.find('@') != std::string::npos);
  (void)AddressOf(url);
  ConfigFacts config;
  config.mcp_entries.resize(1);
  config.mcp_entries[0].environment = {{"QDRANT_URL", url}, {"EMBEDDING_MODEL", url}};
  (void)QdrantTargetOf(config, {});
  return 0;
}
