## SqueezeNet experiments: literate Swift scripts, their results and their reports.
##
## usage: make TARGET [VARIABLE=value ...]
##
## Experiments: train or resume, then refresh figures and reports
##   make experiment-NAME          one of: @EXPERIMENTS@

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

# ---- Variables ----

FOUND := $(sort $(patsubst experiments/%/main.swift,%,$(wildcard experiments/*/main.swift)))
# The notebook's two first, then the sweep, then all others.
FIRST := no-norm norm dropout
EXPERIMENTS := $(filter $(FOUND),$(FIRST)) $(filter-out $(FIRST),$(FOUND))
TRAININGS := $(EXPERIMENTS:%=experiment-%)
TOOL := .build/release/squeezenet
# Touched when the tool has been built; the tool's own time is the linker's business.
TOOL_BUILT := .build/squeezenet.built

# SwiftPM remembers what Package.swift evaluated to and does not notice a new folder. What it
# remembers is tied to the environment, so the names of the experiments are part of it.
export SQUEEZENET_EXPERIMENTS := $(EXPERIMENTS)

# quote(VALUE) is VALUE as one word of the shell.
quote = '$(subst ','\'',$(1))'
# option(NAME,VARIABLE) is the option, where the variable is set to anything at all: whether its
# value makes sense is for the program to say.
option = $(if $(filter undefined,$(origin $(2))),,$(1) $(call quote,$($(2))))
OPTIONS = $(call option,--profile,PROFILE) $(call option,--data-path,DATA) \
  $(call option,--epochs,EPOCHS) $(call option,--batch-size,BATCH) \
  $(call option,--image-size,IMAGE_SIZE) $(call option,--seed,SEED) \
  $(call option,--threads,THREADS) $(call option,--limit-train,LIMIT_TRAIN) \
  $(call option,--limit-val,LIMIT_VAL) $(ARGS)

# ---- Experiments ----

.PHONY: $(TRAININGS) experiments watch new-experiment

# Training has no prerequisite that is a file: neither an edited source nor the new times of a fresh
# clone start it.
$(TRAININGS): experiment-%: | packages imagenette
	@echo "building $@" >&2
	@swift build -c release --quiet --product squeezenet >&2
	@swift build -c release --quiet --product $@ >&2
	@.build/release/$@ $(OPTIONS)
	@$(TOOL) weave

# A name that is no folder of experiments/.
experiment-%:
	@echo "no experiments/$*/main.swift; there are: $(EXPERIMENTS)" >&2; exit 66

##   make experiments              all of them, one after the other
# A recipe of its own, so that `make -j` does not train two at once.
experiments:
	@set -e; for name in $(EXPERIMENTS); do \
	  $(MAKE) --no-print-directory "experiment-$$name"; done

##   make watch [EXPERIMENT=norm]  redraw the figures of a run while it is at work
watch: | packages $(TOOL_BUILT)
	@$(TOOL) watch $(call option,--experiment,EXPERIMENT) $(call option,--profile,PROFILE)

##   make new-experiment NAME=x    a new script in experiments/x, which runs at once
new-experiment:
	@scripts/new-experiment.sh $(call quote,$(NAME))

## Data
##   make data [SIZE=160px]        download Imagenette into data/: 160px, 320px or full

.PHONY: data imagenette

SIZE ?= 160px
data:
	@scripts/get-imagenette.sh $(call quote,$(SIZE))

# A profile on Imagenette fetches the size that it needs, unless some Imagenette is there already.
PROFILE_SIZE := $(if $(filter notebook,$(PROFILE)),full,320px)
imagenette:
ifneq ($(filter quick notebook-128 notebook,$(PROFILE)),)
ifeq ($(origin DATA)$(wildcard data/imagenette2*/train),undefined)
	@scripts/get-imagenette.sh $(PROFILE_SIZE)
endif
endif
	@:

## Results (from the committed CSV files; nothing is trained)
##   make figures                  draw all figures
##   make report                   draw what is out of date and write reports/PROFILE/report.md
##   make diff [BASE=HEAD] [TO=worktree]   compare the metrics of commits; TO may name several
##   make history                  the commits that changed metrics
##
## Repetition (of demo runs, in a scratch folder)
##   make verify [EXPERIMENT=norm]   repeat the committed runs and compare every byte
##   make bisect GOOD=REV [BAD=HEAD] [EXPERIMENT=norm]   find the commit that changed a run's bytes

.PHONY: figures report diff history verify bisect

RESULTS := $(wildcard $(addprefix reports/*/*/,metrics.csv summary.csv */metrics.csv))
REPORTS := $(sort $(foreach file,$(RESULTS),$(word 2,$(subst /, ,$(file)))))
REPORTS := $(REPORTS:%=reports/%/report.md)

figures: | packages $(TOOL_BUILT)
	@$(TOOL) weave --figures

report: $(REPORTS)
	@$(if $(REPORTS),:,echo "no results yet; run: make experiment-norm PROFILE=demo" >&2; exit 66)

.SECONDEXPANSION:
$(REPORTS): reports/%/report.md: $(wildcard Sources/Reporting/*/*.swift reports/introduction.md) \
    $(wildcard reports/plots/*.gp reports/reference/* reports/measurements/*) \
    $(wildcard experiments/*/main.swift) \
    $$(wildcard $$(addprefix reports/$$*/,*.csv */*.csv */*/*.csv */run.json */*/run.json)) \
    $$(wildcard $$(addprefix reports/$$*/,*/*.jpeg */*/*.jpeg)) | packages $(TOOL_BUILT)
	@$(TOOL) weave --profile $*

BASE ?= HEAD
TO ?= worktree
diff: | packages $(TOOL_BUILT)
	@$(TOOL) diff $(call quote,$(BASE)) $(foreach name,$(TO),$(call quote,$(name))) \
	  $(call option,--profile,PROFILE) \
	  $(if $(findstring --overlay,$(ARGS)),,--overlay .build/diff.svg) $(ARGS)

history: | packages $(TOOL_BUILT)
	@$(TOOL) history $(call option,--profile,PROFILE) \
	  $(if $(findstring --figure,$(ARGS)),,--figure .build/history.svg) $(ARGS)

verify: | packages
	@scripts/verify.sh $(call quote,$(BASE)) $(call quote,$(EXPERIMENT))

BAD ?= HEAD
bisect: | packages
	@scripts/bisect.sh $(call quote,$(GOOD)) $(call quote,$(BAD)) \
	  $(call quote,$(or $(EXPERIMENT),norm)) $(if $(PROFILE),,--profile demo) $(OPTIONS)

## Development
##   make test                     build and run all tests
##   make test-faults [DATA=…]     the long tests: threads, interruptions, disks, memory, bad input, …
##   make test-sanitizers          the tests under the address and the thread sanitizer
##   make fuzz [SECONDS=300]       mutated files and options for every reader, for as long each
##   make soak [MINUTES=120]       one training after another: memory and open files must not grow
##   make lint                     check the style of all Swift files
##   make benchmark                images per second at 224 and 128 px, both engines
##   make clean                    remove what was built; results and data stay

.PHONY: packages test test-faults test-sanitizers fuzz soak lint benchmark clean help

packages:
	@scripts/install-packages.sh

$(TOOL_BUILT): Package.swift $(shell find Sources -type f) | packages
	@echo "building squeezenet" >&2
	@swift build -c release --quiet --product squeezenet >&2
	@touch $@

test: | packages
	@swift test -c release --disable-xctest

test-faults: | packages
	@Tests/Faults/threads.sh $(call quote,$(DATA))
	@Tests/Faults/interruptions.sh
	@Tests/Faults/disk.sh
	@Tests/Faults/memory.sh $(call quote,$(DATA))
	@Tests/Faults/downloads.sh
	@Tests/Faults/inputs.sh $(call quote,$(DATA))
	@Tests/Faults/usage.sh
	@Tests/Faults/bisect.sh

test-sanitizers: | packages
	@Tests/Faults/sanitizers.sh

SECONDS ?= 300
fuzz: | packages
	@Tests/Fuzz/run.sh $(call quote,$(SECONDS))

MINUTES ?= 120
soak: | packages
	@Tests/Faults/soak.sh $(call quote,$(MINUTES))

lint:
	@swift format lint --strict -r Package.swift Sources Tests experiments

# The engine of a run, then the reference that it is tested against.
benchmark: | $(TOOL_BUILT)
	@set -e; for engine in direct openblas; do for size in 224 128; do for norm in none batch; do \
	  $(TOOL) benchmark --engine $$engine --image-size $$size --norm $$norm \
	    $(call option,--batch,BATCH) $(call option,--threads,THREADS) $(ARGS); \
	done; done; done

clean:
	@rm -rf .build

##   make help                     this text
##
## Variables of experiments, all optional; the program's --help lists more options for ARGS
##   PROFILE      demo (generated images), quick, notebook-128 or notebook (Imagenette)
##   DATA         a folder with Imagenette
##   EPOCHS BATCH IMAGE_SIZE SEED      override the profile
##   THREADS      number of threads; never changes a result
##   LIMIT_TRAIN LIMIT_VAL             only the first images
##   ARGS         further options as they are, for example ARGS="--lr 0.02"
help: Makefile
	@sed -n 's/@EXPERIMENTS@/$(EXPERIMENTS)/; s/^## \{0,1\}//p' $<
