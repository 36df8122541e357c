#include "agent/checks/relatives.h"

#include <gmock/gmock.h>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::UnorderedElementsAre;

TEST(Relatives, AreAncestorsAndDescendantsButNotCousins) {
  StoreBuilder store;
  // 1 started 2 and 3, 3 started 4 (known from its record only), 4 started 5 (known from its index only).
  store.Family().Record(Ses(4), Ses(3)).Index(Ses(4), {Ses(5)}).Session(Ses(9));
  EXPECT_THAT(RelativesOf(HomeOf({store}), Ses(3)), UnorderedElementsAre(Ses(1), Ses(3), Ses(4), Ses(5)));
  EXPECT_THAT(RelativesOf(HomeOf({store}), "unknown"), UnorderedElementsAre("unknown"));
}

TEST(Relatives, OfARingAreTheRing) {
  StoreBuilder store;
  store.Session(Ses(1), Ses(2)).Session(Ses(2), Ses(1));
  EXPECT_THAT(RelativesOf(HomeOf({store}), Ses(1)), UnorderedElementsAre(Ses(1), Ses(2)));
}

TEST(IsAbout, GoesByTheSubjectAndByTheNamesOfFiles) {
  Finding finding;
  finding.root = "/d/" + Ses(7);
  finding.subject_id = "msg_1";
  finding.paths = {finding.root + "/storage/session/message/" + Ses(1) + "/msg_1.json",
                   finding.root + "/storage/session/info/" + Ses(2) + ".json1751966108427.tmp"};
  EXPECT_TRUE(IsAbout(finding, {"msg_1"}));
  EXPECT_TRUE(IsAbout(finding, {Ses(1)}));
  EXPECT_TRUE(IsAbout(finding, {Ses(2)}));
  EXPECT_FALSE(IsAbout(finding, {Ses(2).substr(0, 20)}));
  EXPECT_FALSE(IsAbout(finding, {Ses(7)})) << "where the root lies says nothing";
}

}  // namespace
}  // namespace fleet::agent
