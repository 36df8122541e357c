#include "coordinator/admin/brief.h"

#include <string>

namespace fleet::coordinator {

namespace {

constexpr std::size_t kUsualFinding = 2048;
constexpr std::size_t kBriefText = 256;
constexpr std::size_t kUsualSelector = 2048;
constexpr int kBriefParts = 20;

void Cut(std::string& text) {
  if (text.size() <= kBriefText) return;
  std::size_t end = kBriefText - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not within a character
  text.resize(end);
  text += "...";
}

void CutParts(google::protobuf::RepeatedPtrField<std::string>& parts) {
  if (parts.size() > kBriefParts) parts.DeleteSubrange(kBriefParts, parts.size() - kBriefParts);
  for (std::string& part : parts) Cut(part);
}

}  // namespace

v1::Finding BriefFinding(const Finding& finding) {
  v1::Finding wire = ToWire(finding);
  if (wire.ByteSizeLong() <= kUsualFinding) return wire;
  wire.clear_paths();
  wire.clear_evidence();
  for (std::string* text :
       {wire.mutable_code(), wire.mutable_component(), wire.mutable_root_kind(), wire.mutable_root(),
        wire.mutable_path(), wire.mutable_subject_id(), wire.mutable_repair(), wire.mutable_refusal()}) {
    Cut(*text);
  }
  return wire;
}

v1::Selector BriefSelector(const v1::Selector& selector) {
  v1::Selector brief = selector;
  if (brief.ByteSizeLong() <= kUsualSelector) return brief;
  CutParts(*brief.mutable_agent_ids());
  CutParts(*brief.mutable_codes());
  CutParts(*brief.mutable_health());
  return brief;
}

}  // namespace fleet::coordinator
