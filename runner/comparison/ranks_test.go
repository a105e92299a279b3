package comparison

import (
	"math"
	"math/rand/v2"
	"testing"
)

func sampleOf(strata ...stratum) *sample {
	s := &sample{strata: map[subject]*stratum{}}
	for i := range strata {
		s.strata[subject{contract: string(rune('a' + i))}] = &strata[i]
	}
	return s
}

func chance(lower bool, strata ...stratum) float64 {
	parts, seen, _ := sampleOf(strata...).ranked(lower)
	return counted(parts, seen)
}

func TestTheChanceIsCountedExactly(t *testing.T) {
	for _, each := range []struct {
		name   string
		strata []stratum
		lower  bool
		want   float64
	}{
		{"five and five, wholly apart", []stratum{{a: []float64{1, 2, 3, 4, 5}, b: []float64{6, 7, 8, 9, 10}}}, false, 1.0 / 252},
		{"the other way round", []stratum{{a: []float64{6, 7, 8, 9, 10}, b: []float64{1, 2, 3, 4, 5}}}, false, 1},
		{"lower", []stratum{{a: []float64{6, 7, 8, 9, 10}, b: []float64{1, 2, 3, 4, 5}}}, true, 1.0 / 252},
		{"one pair each in seven strata is a sign test", []stratum{{[]float64{1}, []float64{2}}, {[]float64{10}, []float64{20}}, {[]float64{3}, []float64{4}},
			{[]float64{5}, []float64{6}}, {[]float64{7}, []float64{8}}, {[]float64{9}, []float64{11}}, {[]float64{1}, []float64{3}}}, false, 1.0 / 128},
		{"all equal", []stratum{{a: []float64{5, 5, 5}, b: []float64{5, 5, 5}}}, false, 1},
		{"ties: the textbook's one in ten", []stratum{{a: []float64{1, 2, 2}, b: []float64{2, 3}}}, false, 3.0 / 10}, // {2,3} in any of three ways, of ten pairs
	} {
		t.Run(each.name, func(t *testing.T) {
			if got := chance(each.lower, each.strata...); math.Abs(got-each.want) > 1e-9 {
				t.Errorf("got %v, want %v", got, each.want)
			}
		})
	}
}

// Every way of dealing out is tried, which is what counting promises to be as good as.
func TestTheChanceIsThatOfDealingOut(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		s := stratum{}
		for range 4 + draw.IntN(3) {
			s.a = append(s.a, float64(draw.IntN(8)))
			s.b = append(s.b, float64(draw.IntN(8)))
		}
		if got, want := chance(false, s), dealtOut(s); math.Abs(got-want) > 1e-9 {
			t.Fatalf("%v: counted %v, dealt out %v", s, got, want)
		}
	}
}

func dealtOut(s stratum) float64 {
	r := rankOf(&s, false)
	n, as, all := len(r.doubled), 0, 0
	for deal := range 1 << n {
		size, sum := 0, 0
		for i, rank := range r.doubled {
			if deal>>i&1 == 1 {
				size++
				sum += rank
			}
		}
		if size != r.n {
			continue
		}
		all++
		if sum >= r.sum {
			as++
		}
	}
	return float64(as) / float64(all)
}

func TestTheBellCurveIsNearWhatIsCounted(t *testing.T) {
	draw := rand.New(rand.NewPCG(3, 4))
	for range 8 {
		s := stratum{}
		for range 28 {
			s.a, s.b = append(s.a, draw.NormFloat64()), append(s.b, draw.NormFloat64()+draw.Float64())
		}
		r := rankOf(&s, false)
		exact, curve := counted([]ranked{r}, r.sum), normal([]ranked{r}, r.sum)
		if math.Abs(exact-curve) > 0.01 && math.Abs(math.Log(exact/curve)) > 0.25 {
			t.Errorf("counted %v, bell curve %v", exact, curve)
		}
	}
}

func TestHolm(t *testing.T) {
	got := holm([]float64{0.01, 0.04, 0.03, 0.005})
	for i, want := range []float64{0.03, 0.06, 0.06, 0.02} { // the example of Holm's own steps: × 3, × 1, × 2, × 4, none less than the one before
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("%d: %v, want %v", i, got[i], want)
		}
	}
}

func TestFewCellsCannotTell(t *testing.T) {
	few := sampleOf(stratum{a: []float64{1, 2, 3}, b: []float64{7, 8, 9}})
	if got := smallest(few); math.Abs(got-0.05) > 1e-9 { // 1 of 20, which is more than the alarm allows
		t.Errorf("three and three can give %v", got)
	}
}
