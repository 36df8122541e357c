#include <gtest/gtest.h>

#include <cstdlib>

#include "common/terminal.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet {
namespace {

TEST(Utf8, ValidTextStaysAsItIs) {
  for (const std::string text : {"", "plain", "Résumé ✅ 🚨", "a\nb\tc", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(ToUtf8(text), text);
  }
}

TEST(Utf8, WhatIsNotPartOfItShowsAsHex) {
  EXPECT_EQ(ToUtf8("a\xFFz"), "a\\xffz");
  EXPECT_EQ(ToUtf8("\xC3"), "\\xc3") << "cut at the end";
  EXPECT_EQ(ToUtf8("\xC0\xAF"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(ToUtf8("\xE0\x9F\xBF"), "\\xe0\\x9f\\xbf") << "overlong";
  EXPECT_EQ(ToUtf8("\xED\xA0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(ToUtf8("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond the last code point";
  EXPECT_EQ(ToUtf8("\xE2\x9C!"), "\\xe2\\x9c!");
}

TEST(Utf8, PrintableTextHoldsNothingATerminalObeys) {
  EXPECT_EQ(ToPrintable("\x1b[31mred\x7f"), "\\x1b[31mred\\x7f");
  EXPECT_EQ(ToPrintable("a\nb"), "a\\x0ab");
  EXPECT_EQ(ToPrintable("\xC2\x9B"
                        "31m"),
            "\\xc2\\x9b31m")
      << "the one-character form of escape and bracket";
  EXPECT_EQ(ToPrintable("Résumé ✅"), "Résumé ✅");
  EXPECT_EQ(ToPrintable(std::string_view("\0x", 2)), "\\x00x");
}

TEST(TimeText, IsUtcWithMilliseconds) {
  EXPECT_EQ(TimeText(1'751'966'197'438), "2025-07-08T09:16:37.438Z");
  EXPECT_EQ(TimeText(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(TimeNameText(1'751'966'197'438), "2025-07-08_09-16-37");
}

TEST(DurationText, NamesTheTwoLargestUnits) {
  EXPECT_EQ(DurationText(0), "0 s");
  EXPECT_EQ(DurationText(45'900), "45 s");
  EXPECT_EQ(DurationText(60'000), "1 min");
  EXPECT_EQ(DurationText(11'520'000), "3 h 12 min");
  EXPECT_EQ(DurationText(187'200'000), "2 d 4 h");
  EXPECT_EQ(DurationText(-11'520'000), "3 h 12 min") << "overdue";
}

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({"A", "LONG"});
  table.Add({"wide cell", "x"});
  table.Add({"y", "z"});
  EXPECT_EQ(table.Text(), "A          LONG\nwide cell  x\ny          z\n");
}

TEST(Table, WideCharactersTakeTwoColumnsAndMarksNone) {
  Table table({"S", "T"});
  table.Add({"✅", "one"});
  table.Add({"⚠️", "two"});
  table.Add({"ab", "three"});
  table.Add({"e\xCC\x81", "four"});  // an accent of its own
  EXPECT_EQ(table.Text(), "S   T\n✅  one\n⚠️  two\nab  three\ne\xCC\x81   four\n");
}

TEST(Table, CellsCannotBreakTheTerminalAndRowsMayBeShort) {
  Table table({"A", "B"});
  table.Add({"x\x1b[2J"});
  EXPECT_EQ(table.Text(), "A         B\nx\\x1b[2J\n");
}

TEST(Terminal, ColourOnlyWhenWanted) {
  EXPECT_EQ(Paint(Colour::kRed, "x", false), "x");
  EXPECT_EQ(Paint(Colour::kRed, "x", true), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(Paint(Colour::kNone, "x", true), "x");
  EXPECT_EQ(ColourOf(Severity::kP1), Colour::kRed);
  EXPECT_NE(ColourOf(Severity::kP1), ColourOf(Severity::kP2));
}

TEST(Terminal, NoColorIsRespected) {
  setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(WantsColour());
  unsetenv("NO_COLOR");
}

}  // namespace
}  // namespace fleet
