package inbox

// What a value takes in memory, about, with its name or its place in a list.
const one, list, object = 48, 96, 144

// weight is about what a decoded body takes in memory: 1 MiB of "{},{},…" becomes forty.
func weight(value any) int64 {
	n := int64(one)
	switch v := value.(type) {
	case string:
		n += int64(len(v))
	case map[string]any:
		n = object
		for name, each := range v {
			n += int64(len(name)) + weight(each)
		}
	case []any:
		n = list
		for _, each := range v {
			n += weight(each)
		}
	}
	return n
}

// forecast is about the most that a body may become when it is decoded, besides its own bytes.
func forecast(raw []byte) int64 {
	n, quoted := int64(one), false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[' || c == '<':
			n += object
		case c == ',':
			n += one
		}
	}
	return n
}
