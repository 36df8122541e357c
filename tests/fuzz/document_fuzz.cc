// The reader of dgmo's documents on any bytes: it never crashes, names offsets inside the text, and both JSON
// libraries agree on what is JSON once it is neutralised.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/store/document.h"
#include "agent/store/json_error.h"
#include "agent/store/json_tolerance.h"
#include "agent/store/litter_name.h"
#include "agent/store/session_id.h"

using namespace fleet::agent;

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckDocument(DocumentClass cls, std::string_view text) {
  static DocumentParser parser;
  const PaddedText bytes(text);
  const Document document = parser.Parse(cls, bytes);
  const Fault* fault = std::get_if<Fault>(&document);
  if (fault != nullptr && fault->offset) {
    Require(*fault->offset >= 0 && *fault->offset <= static_cast<std::int64_t>(text.size()));
  }
  if (fault == nullptr || fault->kind == FaultKind::kShape) {
    PaddedText copy(text);
    NeutraliseWhatJavaScriptReads(copy);
    Require(copy.view().size() == text.size());
    Require(!JsonErrorOffset(copy.view()).has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  CheckDocument(static_cast<DocumentClass>(data[0] % 9), text);
  if (const auto time = DecodeId(text)) Require(time->counter < 4096 && time->ms_in_epoch < (std::int64_t{1} << 36));
  if (const auto litter = ParseLitterName(std::string(text))) Require(litter->target.size() < text.size());
  return 0;
}
