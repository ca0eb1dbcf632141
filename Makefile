# SPDX-License-Identifier: GPL-2.0-or-later
# Everything built lies under $(O). V=1 shows the commands, WERROR=1 makes warnings errors,
# T="NAME..." checks only those suites. A new source file needs no change here, a new tool
# one word in TOOLS.
VERSION := 0.1.0
TOOLS   := nlsock udiag-mem taskstat xskbench vhostctl

O            ?= build
DESTDIR      ?=
PREFIX       ?= /usr/local
BINDIR       ?= $(PREFIX)/bin
MANDIR       ?= $(PREFIX)/share/man
COMPDIR      ?= $(PREFIX)/share/bash-completion/completions
SPECDIR      ?= $(PREFIX)/share/sockutils/specs
FUZZ_SECONDS ?= 5
CLANG        ?= clang
BPFTOOL      ?= $(or $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool),bpftool)

# What is there so far: a tool appears with its first source.
TOOLS := $(foreach t,$(TOOLS),$(if $(wildcard cmd/$t/*.c),$t))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
Q   := $(if $(filter 1,$(V)),,@)
say  = $(if $(Q),@printf '  %-7s %s\n' '$1' '$(@:$(O)/%=%)')

# --- flags -----------------------------------------------------------------------------
PKGS := libnl-3.0 libnl-genl-3.0 libxdp libbpf yaml-0.1
ifneq ($(filter-out clean deps uninstall,$(or $(MAKECMDGOALS),all)),)
  ifneq ($(shell pkg-config --exists $(PKGS) 2>/dev/null && echo yes),yes)
    $(error Libraries are missing: run ./setup, which installs them and builds)
  endif
  PKG_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PKGS)))
  PKG_LIBS   := $(shell pkg-config --libs $(PKGS))
endif

CFLAGS ?= -O2 -g
WARN   := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	  $(if $(filter 1,$(WERROR)),-Werror)
# Paths of the build machine stay out of what is built.
MAPS   := -ffile-prefix-map=$(CURDIR)/= -ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(O)=build
HARDEN := -fstack-protector-strong -fstack-clash-protection \
	  $(if $(filter x86_64,$(shell uname -m)),-fcf-protection)
ifdef SAN
  HARDEN += -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
else
  HARDEN += -D_FORTIFY_SOURCE=2
endif

ALL_CFLAGS  = -std=gnu11 -D_GNU_SOURCE= -DVERSION='"$(VERSION)"' -DSPECDIR='"$(SPECDIR)"' \
	      -Ilib $(PKG_CFLAGS) \
	      $(WARN) $(HARDEN) -fPIE $(MAPS) $(CPPFLAGS) $(CFLAGS) -MMD -MP
ALL_LDFLAGS = $(CFLAGS) $(HARDEN) -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)
LIBS        = $(PKG_LIBS) -lm
BPF_CFLAGS := -g -O2 -target bpf -Wall -Wextra $(if $(filter 1,$(WERROR)),-Werror) -Ilib \
	      $(addprefix -idirafter ,$(wildcard /usr/include/$(shell uname -m)-linux-gnu)) $(MAPS)

COMPILE = $(Q)$(CC) $(ALL_CFLAGS) $(INC) -c -o $@ $<
LINK    = $(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS)

# --- what there is to build ------------------------------------------------------------
LIB     := $(O)/lib/libsockutils.a
LIBOBJS := $(patsubst %.c,$(O)/%.o,$(wildcard lib/*.c))
BINS    := $(TOOLS:%=$(O)/bin/%)
MAN     := $(patsubst %,$(O)/share/man/man8/%.8,$(filter $(patsubst man/%.8,%,$(wildcard man/*.8)),$(TOOLS)))
COMP    := $(TOOLS:%=$(O)/share/bash-completion/completions/%)
SPECS   := $(patsubst %,$(O)/share/sockutils/%,$(wildcard specs/*.yaml))
UNIT    := $(patsubst %.c,$(O)/%,$(wildcard tests/unit/*.c))
HELPERS := $(patsubst %.c,$(O)/%,$(wildcard tests/bench/*.c tests/helper/*.c))
FUZZ    := $(patsubst %.c,$(O)/%,$(wildcard tests/fuzz/*.c))

objs_of  = $(patsubst %.c,$(O)/%.o,$(filter-out %.bpf.c,$(wildcard cmd/$1/*.c)))
skels_of = $(patsubst %.l.bpf.c,$(O)/%.skel.h,$(filter %.l.bpf.c,$(wildcard cmd/$1/*.c))) \
	   $(patsubst %.bpf.c,$(O)/%.skel.h,$(filter-out %.l.bpf.c,$(wildcard cmd/$1/*.bpf.c)))
# A test program TOOL-x links all of the tool but its main.o, where the tool is declared.
tool_of  = $(firstword $(foreach t,$(TOOLS),$(if $(filter $t-%,$(notdir $1)),$t)))
pure_of  = $(filter-out %/main.o,$(call objs_of,$(call tool_of,$1)))

all: $(BINS) $(MAN) $(COMP) $(SPECS)
$(TOOLS): %: $(O)/bin/%

# --- library, tools, test programs -----------------------------------------------------
$(LIB): $(LIBOBJS)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcsD $@ $(LIBOBJS)

$(O)/%.o: %.c Makefile
	$(call say,CC)
	@mkdir -p $(@D)
	$(COMPILE)

define tool_rules
$(O)/bin/$1: $(call objs_of,$1) $(LIB)
	$$(call say,LD)
	@mkdir -p $$(@D)
	$$(LINK)
$(call objs_of,$1) $(patsubst %.o,%.tidy,$(call objs_of,$1)): INC := -Icmd/$1 -isystem $(O)/cmd/$1
$(call objs_of,$1): $(strip $(call skels_of,$1))
endef
$(foreach t,$(TOOLS),$(eval $(call tool_rules,$t)))

define test_rules
$(O)/$1: $(O)/$1.o $(call pure_of,$1) $(LIB)
	$$(call say,LD)
	$$(LINK)
$(O)/$1.o $(O)/$1.tidy: INC := $(if $(call tool_of,$1),-Icmd/$(call tool_of,$1) -isystem $(O)/cmd/$(call tool_of,$1))
$(O)/$1.o: $(strip $(call skels_of,$(call tool_of,$1)))
endef
$(foreach p,$(UNIT) $(HELPERS) $(FUZZ),$(eval $(call test_rules,$(p:$(O)/%=%))))

# --- BPF: no BTF of the build machine is needed, the kernel's is used when it runs -----
$(O)/%.bpf.o: %.bpf.c Makefile
	$(call say,BPF)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c -o $@.tmp $<
	$(Q)$(BPFTOOL) gen object $@ $@.tmp && rm $@.tmp

SKELETON = $(Q){ echo '/* NOLINTBEGIN: generated */' && \
	$(BPFTOOL) gen skeleton $1 $< name $(subst -,_,$(*F)) && echo '/* NOLINTEND */'; } > $@

$(O)/%.skel.h: $(O)/%.bpf.o
	$(call say,SKEL)
	$(call SKELETON)

# NAME.l.bpf.c makes a light skeleton: it loads faster and needs no libbpf.
$(O)/%.skel.h: $(O)/%.l.bpf.o
	$(call say,SKEL)
	$(call SKELETON,-L)

# --- manual pages and completion: options and columns come from the tools --------------
$(O)/share/man/man8/%.8: man/%.8 man/options.awk $(O)/bin/%
	$(call say,MAN)
	@mkdir -p $(@D)
	$(Q)$(O)/bin/$* --help-table | awk -f man/options.awk | fold -s -w 79 | \
		sed 's/ *$$//' > $@.gen
	$(Q)sed -e 's/@VERSION@/$(VERSION)/' -e '/^\.\\" @OPTIONS@/{r $@.gen' -e 'd}' $< > $@
	@rm -f $@.gen

$(O)/share/bash-completion/completions/%: $(O)/bin/% man/completion.awk man/completion.bash
	$(call say,COMP)
	@mkdir -p $(@D)
	$(Q)$< --help-table | awk -v script=man/completion.bash -f man/completion.awk > $@

# nlsock finds its specs beside itself, installed or not.
$(O)/share/sockutils/specs/%.yaml: specs/%.yaml
	$(call say,SPEC)
	@mkdir -p $(@D)
	$(Q)cp $< $@

# --- checks ----------------------------------------------------------------------------
TEST_ENV = O=$(abspath $(O)) BIN=$(abspath $(O)/bin) VERSION=$(VERSION)

# bats registers tests by name before it runs, so that each program gets a line of its own.
$(O)/tests/unit.bats: $(UNIT) Makefile
	@mkdir -p $(@D)
	$(Q)printf '@test "unit: %s" {\n\t"$$O/tests/unit/%s"\n}\n' \
		$(foreach u,$(notdir $(UNIT)),$u $u) > $@

testables: all $(UNIT) $(HELPERS) $(O)/tests/unit.bats

check: testables
	$(Q)$(TEST_ENV) tests/run $(T)

check-unpriv: testables
	$(Q)$(TEST_ENV) tests/run --unprivileged $(T)

# -O1 keeps the frames that a report shows.
asan:
	$(Q)$(MAKE) O=$(O)/asan SAN=address,undefined CFLAGS='-O1 -g' check

fuzz:
	$(Q)$(MAKE) O=$(O)/fuzz CC=$(CLANG) SAN=fuzzer-no-link,address,undefined \
		CFLAGS='-O1 -g' fuzz-run

$(FUZZ): LDFLAGS += -fsanitize=fuzzer
fuzz-run: $(FUZZ)
	$(Q)tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ)

SOURCES := $(wildcard lib/*.[ch] cmd/*/*.[ch] tests/*/*.[ch])
tidy: $(patsubst %.c,$(O)/%.tidy,$(filter-out %.bpf.c,$(filter %.c,$(SOURCES))))
	$(Q)clang-format --dry-run -Werror $(SOURCES)

$(O)/%.tidy: %.c $(O)/%.o .clang-tidy
	$(call say,TIDY)
	$(Q)clang-tidy --quiet --warnings-as-errors='*' $< -- \
		$(filter-out -M%,$(ALL_CFLAGS)) $(INC) 2> $@.log || { cat $@.log; false; }
	@touch $@

bench: testables
	$(Q)$(TEST_ENV) tests/bench/run $(T)

demo: all
	$(Q)BIN=$(abspath $(O))/bin tests/demo.sh

# --- install ---------------------------------------------------------------------------
install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man8 $(DESTDIR)$(COMPDIR) \
		$(DESTDIR)$(SPECDIR)
	install -m 755 $(BINS) $(DESTDIR)$(BINDIR)
	install -m 644 $(MAN) $(DESTDIR)$(MANDIR)/man8
	install -m 644 $(COMP) $(DESTDIR)$(COMPDIR)
	install -m 644 specs/*.yaml $(DESTDIR)$(SPECDIR)

uninstall:
	rm -f $(TOOLS:%=$(DESTDIR)$(BINDIR)/%) $(TOOLS:%=$(DESTDIR)$(MANDIR)/man8/%.8) \
		$(TOOLS:%=$(DESTDIR)$(COMPDIR)/%)
	rm -f $(patsubst specs/%,$(DESTDIR)$(SPECDIR)/%,$(wildcard specs/*.yaml))

deps:
	./setup --deps-only $(or $(LEVEL),test)

clean:
	rm -rf $(O)

.PHONY: all $(TOOLS) testables check check-unpriv asan tidy fuzz fuzz-run bench demo \
	install uninstall deps clean

-include $(shell find $(O)/lib $(O)/cmd $(O)/tests -name '*.d' 2>/dev/null)
