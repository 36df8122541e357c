#include "tests/agent/repair/repairs/planning.h"

namespace fleet::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string Utf16(const std::string& ascii, bool big) {
  std::string wide = big ? "\xFE\xFF" : "\xFF\xFE";
  for (const char c : ascii) wide += big ? std::string{'\0', c} : std::string{c, '\0'};
  return wide;
}

class EncodingRepair : public ::testing::Test {
 protected:
  TempDir dir_;
  StoreWriter store_ = StoreWriter::Program(dir_.path());
  std::string session_ = store_.AddConversation("Refactor invoice rounding");
  std::string path_ = store_.InfoPath(session_);
  std::string healthy_ = store_.Read(path_);

  void Expect(const std::string& broken, const std::string& becomes) {
    store_.Write(path_, broken);
    const Planned planned = PlanAll(store_);
    EXPECT_EQ(planned.written, (std::map<std::string, std::string>{{path_, becomes}}));
    EXPECT_THAT(planned.quarantined, IsEmpty());
    EXPECT_THAT(planned.left, IsEmpty());
  }
  void ExpectRefused(const std::string& broken, const std::string& reason) {
    store_.Write(path_, broken);
    const Planned planned = PlanAll(store_);
    EXPECT_TRUE(planned.Empty());
    EXPECT_THAT(planned.refusals, ElementsAre("R-ENCODING " + reason));
  }
  std::string With(const std::string& title) const {
    std::string text = healthy_;
    return text.replace(text.find("Refactor"), 8, title);
  }
};

TEST_F(EncodingRepair, StripsAByteOrderMarkAndNothingElse) {
  Expect("\xEF\xBB\xBF" + healthy_ + "\r\n", healthy_ + "\r\n");
}
TEST_F(EncodingRepair, ConvertsUtf16OfEitherOrder) {
  Expect(Utf16(healthy_, false), healthy_);
  Expect(Utf16(healthy_, true), healthy_);
}
TEST_F(EncodingRepair, ReadsOtherBytesAsWindows1252) {
  Expect(With("R\xE9sum\xE9 \x80 \x93x\x94"), With("R\xC3\xA9sum\xC3\xA9 \xE2\x82\xAC \xE2\x80\x9Cx\xE2\x80\x9D"));
}
TEST_F(EncodingRepair, KeepsTheCharactersThatAreFine) {
  Expect(With("\xE2\x82\xAC \xF0\x9F\xA6\x80 R\xE9sum\xC3\xA9"),
         With("\xE2\x82\xAC \xF0\x9F\xA6\x80 R\xC3\xA9sum\xC3\xA9"));
}
TEST_F(EncodingRepair, RefusesBytesThatNoEncodingHas) { ExpectRefused(With("\x81\x8D"), "unknown_encoding"); }
TEST_F(EncodingRepair, RefusesWhatIsStillNoDocument) {
  ExpectRefused("\xE9" + healthy_, "no_document");
  ExpectRefused("\xEF\xBB\xBF" + healthy_.substr(0, 40), "no_document");
  ExpectRefused(Utf16("[]", false), "no_document");
}
TEST_F(EncodingRepair, RefusesUtf16ThatIsCutInACharacter) {
  ExpectRefused(Utf16(healthy_, false) + "}", "unknown_encoding");
}

}  // namespace
}  // namespace fleet::agent
