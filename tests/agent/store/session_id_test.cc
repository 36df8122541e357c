#include "agent/store/session_id.h"

#include <gtest/gtest.h>

namespace fleet::agent {
namespace {

TEST(SessionId, DecodesTheCataloguesVectors) {
  constexpr std::int64_t kIn2025 = 1'751'000'000'000;
  EXPECT_EQ(DecodeId("ses_8265d514cffeJtVYlbD526eTCt")->ms_in_epoch, 33716088499);
  EXPECT_EQ(DecodeId("ses_8265d514cffeJtVYlbD526eTCt")->counter, 1);
  EXPECT_EQ(IdTimeMs("ses_8265d514cffeJtVYlbD526eTCt", kIn2025), 1751703006899);
  EXPECT_EQ(DecodeId("ses_816ad5941ffdecaQjonoaEGhgW")->counter, 2);
  EXPECT_EQ(IdTimeMs("ses_816ad5941ffdecaQjonoaEGhgW", kIn2025), 1751966197438);
  EXPECT_EQ(DecodeId("ses_ffbe25e73ffeaxkcjwaV4grzEb")->ms_in_epoch, 69050764);
  EXPECT_EQ(IdTimeMs("ses_ffbe25e73ffeaxkcjwaV4grzEb", 1'786'775'440'000), 1786775445900);
  EXPECT_EQ(IdTimeMs("msg_7e9514205001pp3ZRCKPeY2hIX", kIn2025), 1751966106117);
}

TEST(SessionId, TakesTheEpochNearestToTheReference) {
  constexpr std::int64_t kWrap = 1'786'706'395'136;  // 2026-08-14T11:19:55.136Z
  EXPECT_EQ(NearestTime(0, kWrap + 5), kWrap);
  EXPECT_EQ(NearestTime(0, kWrap - 5), kWrap);
  EXPECT_EQ(NearestTime((std::int64_t{1} << 36) - 1, kWrap + 5), kWrap - 1);
}

TEST(SessionId, EncodesWhatItDecodes) {
  for (const char* prefix : {"ses", "msg", "chk"}) {
    const std::string id = MakeId(prefix, 1751966197438, 2, "decaQjonoaEGhg");
    EXPECT_TRUE(IsWellFormedId(id, prefix)) << id;
    EXPECT_EQ(IdTimeMs(id, 1751966190000), 1751966197438);
    EXPECT_EQ(DecodeId(id)->counter, 2);
  }
  EXPECT_EQ(MakeId("ses", 1751966197438, 2, "ecaQjonoaEGhgW"), "ses_816ad5941ffdecaQjonoaEGhgW");
}

TEST(SessionId, RefusesOtherForms) {
  for (const char* id :
       {"", "ses_debug_parent", "ses_8265d514cffeJtVYlbD526eTC", "ses_8265D514cffeJtVYlbD526eTCt",
        "abc_8265d514cffeJtVYlbD526eTCt", "ses-8265d514cffeJtVYlbD526eTCt", "ses_8265d514cffeJtVYlbD526eT.t"}) {
    EXPECT_FALSE(IsWellFormedId(id)) << id;
    EXPECT_FALSE(DecodeId(id).has_value()) << id;
  }
}

}  // namespace
}  // namespace fleet::agent
