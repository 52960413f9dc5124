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
# In the order of the report: the notebook's two first, then what builds on them, then all others.
FIRST := no-norm norm linear-logits dropout
EXPERIMENTS := $(strip $(filter $(FOUND),$(FIRST)) $(filter-out $(FIRST),$(FOUND)))
TRAININGS := $(EXPERIMENTS:%=experiment-%)
TOOL := .build/release/squeezenet
# Touched when the tool has been built: the linker leaves an unchanged tool's time as it was.
TOOL_BUILT := .build/squeezenet.built

# SwiftPM caches the evaluated Package.swift and does not notice a new folder. The cache depends on the
# environment, so the names of the experiments are put there.
export SQUEEZENET_EXPERIMENTS := $(EXPERIMENTS)

# quote(VALUE): VALUE as one word of the shell.
quote = '$(subst ','\'',$(1))'
# option(NAME,VARIABLE): the option with the variable's value if it is set at all, even to nothing: the
# program checks values.
option = $(if $(filter undefined,$(origin $(2))),,$(1) $(call quote,$($(2))))
# Each word of SWEEP is a sweep of its own.
sweeps = $(if $(strip $(SWEEP)),$(foreach word,$(SWEEP),--sweep $(call quote,$(word))),$(call option,--sweep,SWEEP))
OPTIONS = $(call option,--profile,PROFILE) $(call option,--data-path,DATA) \
  $(call option,--epochs,EPOCHS) $(call option,--batch-size,BATCH) \
  $(call option,--image-size,IMAGE_SIZE) $(call option,--seed,SEED) \
  $(call option,--seeds,SEEDS) $(sweeps) \
  $(call option,--limit-train,LIMIT_TRAIN) $(call option,--limit-val,LIMIT_VAL) $(ARGS)
# run(PROGRAM): the command that makes an experiment's runs, side by side if JOBS is set.
run = $(if $(filter undefined,$(origin JOBS)),$(1) $(call option,--threads,THREADS), \
  scripts/run-jobs.sh $(1) $(call quote,$(JOBS))) $(OPTIONS)

# ---- Experiments ----

.PHONY: $(TRAININGS) experiments slurm watch new-experiment

# Training depends on no file: neither an edited source nor the new times of a fresh clone start it.
$(TRAININGS): experiment-%: | packages imagenette
	@echo "building $@" >&2
	@swift build -c release --quiet --product squeezenet >&2
	@swift build -c release --quiet --product $@ >&2
	@$(call run,.build/release/$@)
	@$(TOOL) weave

# A name without a folder in experiments/.
experiment-%:
	@printf 'no experiments/%s/main.swift; there are: %s\n' $(call quote,$*) $(call quote,$(EXPERIMENTS)) >&2; exit 66

##   make experiments              run all of them, one after the other
# One after the other in one recipe, so that `make -j` does not train two at once.
experiments:
	@set -e; for name in $(EXPERIMENTS); do \
	  $(MAKE) --no-print-directory "experiment-$$name"; done

##   make slurm EXPERIMENT=norm    make the runs as an array of a Slurm cluster
slurm: | packages imagenette
	@$(if $(filter $(EXPERIMENTS),$(EXPERIMENT)),:,echo EXPERIMENT: \
	  $(call quote,expected one of $(EXPERIMENTS); got '$(EXPERIMENT)') >&2; exit 64)
	@echo "building experiment-$(EXPERIMENT)" >&2
	@swift build -c release --quiet --product squeezenet >&2
	@swift build -c release --quiet --product experiment-$(EXPERIMENT) >&2
	@scripts/slurm-array.sh .build/release/experiment-$(EXPERIMENT) $(OPTIONS)
	@$(TOOL) weave

##   make watch [EXPERIMENT=norm]  redraw the figures of a run while it trains
watch: | packages $(TOOL_BUILT)
	@$(TOOL) watch $(call option,--experiment,EXPERIMENT) $(call option,--profile,PROFILE)

##   make new-experiment NAME=x    write a new script, experiments/x/main.swift, ready to run
new-experiment:
	@scripts/new-experiment.sh $(call quote,$(NAME))

##
## Data
##   make data [SIZE=160px]        download Imagenette into data/: 160px, 320px or full

.PHONY: data imagenette

SIZE ?= 160px
data:
	@scripts/get-imagenette.sh $(call quote,$(SIZE))

# A profile on Imagenette downloads the size that it needs, unless Imagenette is there in any size.
PROFILE_SIZE := $(if $(filter notebook,$(PROFILE)),full,320px)
imagenette:
ifneq ($(filter quick notebook-128 notebook,$(PROFILE)),)
ifeq ($(origin DATA)$(wildcard data/imagenette2*/train),undefined)
	@scripts/get-imagenette.sh $(PROFILE_SIZE)
endif
endif
	@:

##
## Results (from committed files; nothing is trained)
##   make runs [SORT=val_accuracy] list all runs there are, with what differs between them
##   make figures                  draw all figures
##   make report                   draw outdated figures, write reports/PROFILE/report.md and README.md
##   make diff [BASE=HEAD] [TO=worktree]   compare the metrics of commits; TO may name several
##   make history                  list the commits that changed metrics
##
## Repetition (of demo runs, in a scratch folder)
##   make verify [EXPERIMENT=norm]   repeat the committed runs and compare every byte
##   make bisect GOOD=REV [BAD=HEAD] [EXPERIMENT=norm]   find the commit that changed a run's bytes

.PHONY: runs figures report diff history verify bisect

runs: | packages $(TOOL_BUILT)
	@$(TOOL) runs $(call option,--profile,PROFILE) $(call option,--sort,SORT) $(ARGS)

# A run's folder is two levels below that of its profile, three where the experiment sweeps a setting.
RESULTS := $(wildcard $(addprefix reports/*/*/,*/metrics.csv */*/metrics.csv))
REPORTS := $(sort $(foreach file,$(RESULTS),$(word 2,$(subst /, ,$(file)))))
REPORTS := $(REPORTS:%=reports/%/report.md)

figures: | packages $(TOOL_BUILT)
	@$(TOOL) weave --figures

report: $(REPORTS)
	@$(if $(REPORTS),:,echo "no results yet; run: make experiment-norm PROFILE=demo" >&2; exit 66)

.SECONDEXPANSION:
$(REPORTS): reports/%/report.md: $(shell find Sources/Reporting -type f) \
    reports/introduction.md README.in.md $(wildcard docs/*.in.md) \
    $(wildcard reports/plots/*.gp reports/reference/* reports/measurements/*) \
    $(wildcard experiments/*/main.swift) \
    $$(wildcard $$(addprefix reports/$$*/,*/*/*.csv */*/*/*.csv */*/*/*/*.csv)) \
    $$(wildcard $$(addprefix reports/$$*/,$$(addprefix */*/,run.json *.jpeg */run.json */*.jpeg))) \
    | packages $(TOOL_BUILT)
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
	  $(call quote,$(or $(EXPERIMENT),norm)) $(if $(PROFILE),,--profile demo) \
	  $(call option,--threads,THREADS) $(OPTIONS)

##
## Development
##   make test                     build and run all tests
##   make test-faults [DATA=…]     run the long tests: threads, interruptions, full disks, bad input, …
##   make test-sanitizers          run the tests under the address and the thread sanitizer
##   make fuzz [SECONDS=300]       feed mutated files and options to every reader, for so long each
##   make soak [MINUTES=120]       train again and again: memory and open files must not grow
##   make lint                     check the style of all Swift files
##   make benchmark                measure images per second at 224 and 128 px with both engines
##   make clean                    remove the build; results and data stay

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
	@Tests/Faults/jobs.sh
	@Tests/Faults/slurm.sh || [ $$? = 77 ]
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

# The engine that runs use, then the one that it is tested against.
benchmark: | $(TOOL_BUILT)
	@set -e; for engine in direct openblas; do for size in 224 128; do for norm in none batch; do \
	  $(TOOL) benchmark --engine $$engine --image-size $$size --norm $$norm \
	    $(call option,--batch,BATCH) $(call option,--threads,THREADS) $(ARGS); \
	done; done; done

clean:
	@rm -rf .build

##   make help                     print this
##
## Variables of experiments, all optional; an experiment's --help lists more options for ARGS
##   PROFILE      demo (generated images), quick, notebook-128 or notebook (Imagenette)
##   DATA         a folder with Imagenette
##   EPOCHS BATCH IMAGE_SIZE           override the profile
##   SEEDS        the seeds of the runs, for example SEEDS=0,1,2; SEED=N asks for a single run
##   SWEEP        settings and values to try, for example SWEEP="lr=0.003,0.01 dropout=0,0.5"
##   JOBS         the number of runs at a time; changes no result
##   THREADS      the number of threads, of all runs at a time together; changes no result
##   LIMIT_TRAIN LIMIT_VAL             use only the first images
##   SBATCH       options for Slurm, for example SBATCH="--partition=cpu --time=4:00:00"
##   ARGS         more options, for example ARGS="--lr 0.02" or ARGS=--replace
help: Makefile
	@sed -n 's/@EXPERIMENTS@/$(EXPERIMENTS)/; s/^## \{0,1\}//p' $<
