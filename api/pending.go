package api

// The endpoints of layers and tiles take the place of these: delete this file with their arrival.

func (s *Server) ogcEndpoints() []Endpoint  { return nil }
func (s *Server) tileEndpoints() []Endpoint { return nil }
